import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { snippetsOf } from '../support/snippets.ts';

const folder = 'docs/use';
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
const scratch = mkdtempSync(join(tmpdir(), 'rolebridge-use-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Checker {
  readonly file: string;
  readonly command: readonly string[];
  /** Returns whether the machine has the tool. */
  readonly probe: readonly string[];
}

/** The command that checks the form of a program, by its language. */
const checkers: Readonly<Record<string, Checker>> = {
  js: { file: 'program.mjs', command: [process.execPath, '--check'], probe: [process.execPath, '--version'] },
  python: {
    file: 'program.py',
    command: ['python3', '-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())'],
    probe: ['python3', '--version'],
  },
  java: {
    file: 'Program.java',
    command: ['javac', '-proc:none', '-XDshould-stop.ifNoError=PARSE'],
    probe: ['javac', '-version'],
  },
  go: { file: 'program.go', command: ['gofmt', '-l', '-e'], probe: ['gofmt', '-h'] },
  hcl: {
    file: 'program.tf',
    command: ['terraform', 'fmt', '-check', '-diff'],
    probe: ['terraform', 'version'],
  },
  sh: { file: 'program.sh', command: ['sh', '-n'], probe: ['true'] },
  json: {
    file: 'document.json',
    command: [process.execPath, '-e', 'JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"))'],
    probe: [process.execPath, '--version'],
  },
};
const runs = ([tool = '', ...args]: readonly string[]) => spawnSync(tool, args, { encoding: 'utf8' });
const has = Object.fromEntries(
  Object.entries(checkers).map(([language, { probe }]) => [language, runs(probe).error === undefined]),
);

const snippets = pages.flatMap((page) =>
  snippetsOf(join(folder, page)).map((snippet, index) => ({ ...snippet, title: `${page}, ${index + 1}` })),
);

describe('the programs of docs/use have the right form', () => {
  for (const { title, language, text } of snippets)
    (has[language] === false ? it.skip : it)(`${title}: ${language} (is its tool installed?)`, () => {
      const checker = checkers[language];
      if (checker === undefined) throw new Error(`nothing checks ${language}`);
      const path = join(scratch, checker.file);
      // A program's public class must be in a file with the same name.
      writeFileSync(path, text.replace(/public class \w+/, 'class Program'));
      const { status, stdout, stderr } = runs([...checker.command, path]);
      // Tools may warn about their own configuration.
      expect({ status, stdout, complaints: status === 0 ? '' : stderr }).toEqual({
        status: 0,
        stdout: '',
        complaints: '',
      });
    });

  it('two programs in Go are run exactly as on the page, by tests/conformance/real-names.test.ts', () => {
    const areRun = snippets.filter(({ language, notRun }) => language === 'go' && notRun === undefined);
    expect(areRun.map(({ title }) => title)).toEqual(['go.md, 1', 'go.md, 2']);
  });
});
