import { ESLint } from 'eslint';
import { allowed, forbidden } from './plants.ts';

/** Lints every planted import against the fence alone and prints, as JSON, what each rule said. */
const eslint = new ESLint({ overrideConfigFile: 'eslint.boundaries.mjs' });
const verdicts = [];
for (const plant of [...forbidden, ...allowed]) {
  const [result] = await eslint.lintText(`import '${plant.imports}';\n`, { filePath: plant.file });
  verdicts.push({
    ...plant,
    fired: (result?.messages ?? []).map((message) => message.ruleId ?? message.message),
  });
}
console.log(JSON.stringify(verdicts));
