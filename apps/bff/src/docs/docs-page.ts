import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import swaggerUiFolder from 'swagger-ui-dist/absolute-path.js';

export interface DocsAsset {
  readonly contentType: string;
  readonly body: string;
}

const page = (nonce: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Umbra API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" nonce="${nonce}" />
  </head>
  <body>
    <div id="docs"></div>
    <script src="/docs/swagger-ui-bundle.js" nonce="${nonce}"></script>
    <script src="/docs/start.js" nonce="${nonce}"></script>
  </body>
</html>
`;

const start = `SwaggerUIBundle({
  url: '/docs/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
`;

/**
 * The page of the API and what it loads: everything from this server, no script inside the page.
 * @param nonce of this one answer, which its policy names
 */
export function docsPage(nonce: string): DocsAsset {
  return { contentType: 'text/html; charset=utf-8', body: page(nonce) };
}

/** A file that the page loads; undefined for any other name. */
export function docsAsset(name: string): DocsAsset | undefined {
  switch (name) {
    case 'start.js':
      return { contentType: 'text/javascript; charset=utf-8', body: start };
    case 'swagger-ui-bundle.js':
      return { contentType: 'text/javascript; charset=utf-8', body: distributed(name) };
    case 'swagger-ui.css':
      return { contentType: 'text/css; charset=utf-8', body: distributed(name) };
    default:
      return undefined;
  }
}

function distributed(name: string): string {
  return readFileSync(join(swaggerUiFolder(), name), 'utf8');
}
