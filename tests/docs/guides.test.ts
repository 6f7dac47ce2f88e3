import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createProgram } from '../../cli/program.ts';
import { parseJson } from '../../shared/core/json.ts';
import { snippetsOf } from '../support/snippets.ts';

const program = createProgram('.', '0', new AbortController().signal);

describe.each(['ci', 'cost', 'first-hour', 'uninstall', 'upgrade'])('docs/%s.md', (page) => {
  const path = `docs/${page}.md`;
  const text = readFileSync(path, 'utf8');

  it('has shell commands and documents of the right form', () => {
    const wrong = snippetsOf(path).filter(({ language, text: snippet }) => {
      if (language === 'json') return parseJson(snippet) === undefined;
      return language === 'sh' && spawnSync('sh', ['-n'], { input: snippet }).status !== 0;
    });
    expect(wrong).toEqual([]);
  });

  it('names only commands and options that exist', () => {
    const unknown = [...text.matchAll(/\.\/rolebridge ([a-z]+)([^`\n]*)/g)].flatMap(
      ([, name = '', rest = '']) => {
        const command = program.commands.find((one) => one.name() === name);
        if (command === undefined) return [name];
        // The options of a group also apply to its commands.
        if (command.commands.length > 0) return [];
        const known = new Set(
          [...command.options, ...program.options].flatMap(({ long }) => [
            long,
            long?.replace('--no-', '--'),
          ]),
        );
        return [...rest.matchAll(/ (--[a-z-]+)/g)].flatMap(([, option = '']) =>
          known.has(option) ? [] : [`${name} ${option}`],
        );
      },
    );
    expect(unknown).toEqual([]);
  });

  it('is in the index', () => {
    expect(readFileSync('docs/README.md', 'utf8')).toContain(`(${page}.md)`);
  });
});
