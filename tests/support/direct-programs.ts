import { snippetsOf } from './snippets.ts';

/** The programs of docs/use/direct-or-impersonation.md. */
export const directPrograms = snippetsOf('docs/use/direct-or-impersonation.md').filter(({ language }) =>
  ['js', 'python'].includes(language),
);

interface DirectProgram {
  readonly command: string;
  readonly text: string;
}

/** One program, as a user would copy it, with the address of a stand-in. */
export const directProgram = (name: string, url: string): DirectProgram => {
  const found = directPrograms.find(({ text }) => text.includes(`${name}\n`));
  if (found === undefined) throw new Error(`The page has no program ${name}`);
  const text = found.text
    .replaceAll('new Storage()', `new Storage({ apiEndpoint: '${url}', useAuthWithCustomEndpoint: true })`)
    // At another address than Google's, this client does not look for its project.
    .replaceAll(
      'new BigQuery()',
      `new BigQuery({ apiEndpoint: '${url}', projectId: process.env.GOOGLE_CLOUD_PROJECT })`,
    )
    .replaceAll(/https:\/\/(storage|bigquery)\.googleapis\.com/g, url);
  if (text === found.text) throw new Error(`The program ${name} names no address of Google`);
  return { command: found.language === 'js' ? process.execPath : 'python3', text };
};
