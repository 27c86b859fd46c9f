export default async function globalTeardown() {
  await globalThis.umbraTestServices?.stop();
}
