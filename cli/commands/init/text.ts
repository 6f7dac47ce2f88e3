import { colors } from '../../colors.ts';
import type { Answers } from './answers.ts';
import type { Pipeline, PlannedFile } from './planned-files.ts';

export const writtenDocument = (files: readonly PlannedFile[], keptScripts: readonly string[]): object => ({
  files: files.map(({ path, change }) => ({ path, change })),
  keptScripts,
});

export const writtenText = (
  folder: string,
  files: readonly PlannedFile[],
  keptScripts: readonly string[],
  { ci, allowTo }: Answers & { readonly ci?: Pipeline },
): string =>
  [
    colors.bold(files.length === 0 ? `Nothing to do in ${folder}.` : `Written in ${folder}:`),
    ...files.map(({ path, change }) => `  ${change.padEnd(9)} ${path}`),
    ...keptScripts.map((name) =>
      colors.yellow(`package.json has its own script "${name}", which stays: use npx rolebridge ${name}.`),
    ),
    '',
    'Next:',
    `  prepare Google's side, once    rolebridge setup${/[*?]/.test(allowTo) ? '' : ` --opt-in ${allowTo}`}`,
    '  commit it                      git add -A && git commit',
    '  deploy                         rolebridge deploy',
    ...(ci === undefined
      ? []
      : [
          `  let the pipeline sign in       the comment at the top of ${pipelinePaths[ci]} lists its variables`,
        ]),
  ].join('\n');

const pipelinePaths = { github: '.github/workflows/rolebridge.yml', gitlab: '.gitlab-ci.yml' } as const;
