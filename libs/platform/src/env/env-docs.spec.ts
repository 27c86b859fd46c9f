import { describe, expect, it } from '@jest/globals';
import { loadEnv } from '../env.ts';
import { parseEnvFile } from './env-file.ts';
import { allSections, renderEnvExample, renderEnvMarkdown } from './env-docs.ts';
import { authSection } from './auth-section.ts';
import { bffSection, logSection, workerSection } from './service-sections.ts';
import { readsSection } from './reads-section.ts';

const names = allSections.flatMap((section) => Object.values(section.variables).map(({ name }) => name));

describe('documents of the environment', () => {
  it('list every variable once, with its meaning', () => {
    expect(new Set(names).size).toBe(names.length);
    const example = renderEnvExample();
    const markdown = renderEnvMarkdown();
    for (const name of names) {
      expect(example.split('\n').filter((line) => line.startsWith(`# ${name}=`))).toHaveLength(1);
      expect(markdown.split('\n').filter((line) => line.startsWith(`| \`${name}\``))).toHaveLength(1);
    }
  });

  it('.env.example with its comment marks removed is a readable environment of defaults', () => {
    const text = renderEnvExample().replaceAll(/^# ([A-Z_]+=\S)/gm, '$1');
    const { values, problems } = parseEnvFile(text);
    expect(problems).toEqual([]);
    const sections = {
      bff: bffSection,
      worker: workerSection,
      auth: authSection,
      log: logSection,
      reads: readsSection,
    };
    expect(loadEnv(sections, { values, problems: [] }).env).toEqual(
      loadEnv(sections, { values: {}, problems: [] }).env,
    );
  });
});
