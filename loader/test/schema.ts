// Is JSON valid by one of the schemas of the project?
//
// This module has the keywords of JSON Schema that docs/reference/schema uses, except
// `additionalProperties: false`: the loader ignores keys of later versions.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./needs.js";

interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  minimum?: number;
  pattern?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  required?: string[];
  dependentRequired?: Record<string, string[]>;
}

const ANNOTATIONS = new Set(["$schema", "$defs", "title", "description"]);
const KNOWN = new Set([
  ...["$ref", "type", "const", "enum", "minimum", "pattern", "items", "properties", "required"],
  ...["additionalProperties", "propertyNames", "dependentRequired"],
]);

const typeOf = (value: unknown): string[] => {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  if (Number.isInteger(value)) return ["integer", "number"];
  return [typeof value];
};

/** The faults of a value; none if the value is valid by `docs/reference/schema/<name>.schema.json`. */
export function faultsBy(name: string): (value: unknown) => string[] {
  const path = join(root, "docs/reference/schema", `${name}.schema.json`);
  const whole = JSON.parse(readFileSync(path, "utf8")) as Schema;
  const check = (schema: Schema, value: unknown, at: string): string[] => {
    for (const key of Object.keys(schema)) {
      if (!KNOWN.has(key) && !ANNOTATIONS.has(key)) throw new Error(`unknown keyword: ${key}`);
    }
    if (schema.$ref) {
      const target = schema.$ref.replace("#/$defs/", "");
      return check(whole.$defs?.[target] as Schema, value, at);
    }
    const faults: string[] = [];
    const { type, minimum, pattern } = schema;
    if (type && ![type].flat().some((one) => typeOf(value).includes(one)))
      faults.push(`${at}: type`);
    if ("const" in schema && value !== schema.const) faults.push(`${at}: const`);
    if (schema.enum && !schema.enum.includes(value)) faults.push(`${at}: enum`);
    if (minimum !== undefined && typeof value === "number" && value < minimum) {
      faults.push(`${at}: minimum`);
    }
    if (pattern && typeof value === "string" && !new RegExp(pattern, "u").test(value)) {
      faults.push(`${at}: pattern`);
    }
    if (Array.isArray(value)) {
      const items = schema.items ?? {};
      faults.push(...value.flatMap((item, index) => check(items, item, `${at}[${index}]`)));
    } else if (typeof value === "object" && value !== null) {
      for (const key of schema.required ?? []) {
        if (!Object.hasOwn(value, key)) faults.push(`${at}.${key}: required`);
      }
      for (const [key, item] of Object.entries(value)) {
        const more = schema.additionalProperties;
        const own = schema.properties ?? {};
        const isOwn = Object.hasOwn(own, key);
        const inner = isOwn ? own[key] : typeof more === "object" ? more : undefined;
        faults.push(...check(inner ?? {}, item, `${at}.${key}`));
        if (schema.propertyNames) faults.push(...check(schema.propertyNames, key, `${at}.${key}`));
        const dependent = schema.dependentRequired ?? {};
        for (const other of Object.hasOwn(dependent, key) ? (dependent[key] ?? []) : []) {
          if (!Object.hasOwn(value, other)) faults.push(`${at}.${other}: dependentRequired`);
        }
      }
    }
    return faults;
  };
  return (value) => check(whole, value, "$");
}
