import { openApiText } from './openapi-text.ts';

// Run by plain Node when `docs/openapi.json` is written or checked: no server, no decorators on the way.
process.stdout.write(openApiText());
