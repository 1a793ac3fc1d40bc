// Measures a start until the first result in Node: node snapshots.mjs OPTIONS (snapshots.mjs of the
// pages), as JSON.
import { firstResult } from "../pages/snapshots.mjs";

console.log(JSON.stringify(await firstResult(JSON.parse(process.argv[2] ?? "{}"))));
process.exit(0);
