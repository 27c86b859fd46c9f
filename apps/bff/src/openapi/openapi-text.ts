import { openApiDocument } from './document.ts';
import { endpoints } from './endpoints.ts';

/** Of the routes and shapes that callers rely on, not of the release that serves them. */
const API_VERSION = '1.0.0';

/** The document as it is served and as `docs/openapi.json` keeps it. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(endpoints, API_VERSION), undefined, 2)}\n`;
}
