export { createUmbraClient, type UmbraClient, type UmbraClientOptions } from './umbra-client.ts';
export type { components, operations, paths } from './api.ts';
