import { selectedProjects, startTestServices } from './tools/stack/src/test-services.ts';

/** Leaves the path of the connection facts in UMBRA_TEST_SERVICES, which jest's workers inherit. */
export default async function globalSetup() {
  globalThis.umbraTestServices = await startTestServices(selectedProjects(process.argv));
}
