import { openApiText } from './openapi-text.ts';

// The document without a running server: `docs/openapi.json` is made from this, and typed clients can be.
process.stdout.write(openApiText());
