import openApiTypescript, { astToString, type OpenAPI3 } from 'openapi-typescript';

/** The types of the client, as a generator makes them of the OpenAPI document of the BFF. */
export async function clientTypes(document: string): Promise<string> {
  const tree = await openApiTypescript(JSON.parse(document) as OpenAPI3, { alphabetize: true });
  return `/* eslint-disable -- made by a generator */\n/** Made of docs/openapi.json by ./umbra generate: edit neither of them. */\n\n${astToString(tree)}`;
}
