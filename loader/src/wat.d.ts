/** A WebAssembly module, assembled from its text by runtime/js/wat.mjs. */
declare module "*.wat" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
