import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Ran, run } from '../../../local/run-workload.ts';
import { googleAuthVariables } from '../../support/python-google-auth.ts';
import { runProgram } from '../../support/run-program.ts';
import { programOf, snippetsOf } from '../../support/snippets.ts';
import { systemTrust } from './network.ts';

/** A program of docs/use, run exactly as its page shows: no address in it is replaced. */
export interface Client {
  readonly name: string;
  readonly needs: Need;
  /** Writes the program, and compiles it if its language requires that. */
  readonly prepare: (folder: string) => Promise<void>;
  /** Runs it. The only thing that it gets from this network is the authority to trust. */
  readonly ask: (place: Place) => Promise<Ran>;
}

/** The requirements of a client on a machine. */
export type Need =
  | { readonly kind: 'nothing' | 'google-auth' | 'gcloud' }
  | { readonly kind: 'go'; readonly packages: readonly string[] };

export interface Place {
  /** The folder in which the program was prepared. */
  readonly folder: string;
  readonly configPath: string;
  /** An empty folder, so that nothing a client stores reaches its next run. */
  readonly home: string;
  readonly caFile: string;
  /** The path at which Python finds google-auth. */
  readonly pythonPath: string;
}

/** The path of Go sources in Debian's packages. */
export const goPath = '/usr/share/gocode';

const variables = ({ configPath, home }: Place): Readonly<Record<string, string>> => ({
  HOME: home,
  GOOGLE_APPLICATION_CREDENTIALS: configPath,
  GOOGLE_CLOUD_PROJECT: 'acme-data',
});

const node: Client = {
  name: 'Node: the program of docs/use/node.md',
  needs: { kind: 'nothing' },
  prepare: (folder) => {
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'datasets.mjs'), programOf('docs/use/node.md', 'js'));
    return Promise.resolve();
  },
  ask: (place) =>
    run(process.execPath, [join(place.folder, 'datasets.mjs')], {
      ...variables(place),
      NODE_EXTRA_CA_CERTS: place.caFile,
    }),
};

const python: Client = {
  name: 'Python: the program of docs/use/python.md',
  needs: { kind: 'google-auth' },
  prepare: (folder) => {
    writeFileSync(join(folder, 'datasets.py'), programOf('docs/use/python.md', 'python'));
    return Promise.resolve();
  },
  ask: (place) =>
    run('python3', [join(place.folder, 'datasets.py')], {
      ...variables(place),
      ...googleAuthVariables(place.pythonPath),
      // Without it, requests trusts the authorities that it bundles.
      REQUESTS_CA_BUNDLE: systemTrust,
    }),
};

const gcloud: Client = {
  name: 'gcloud: the commands of docs/use/gcloud.md',
  needs: { kind: 'gcloud' },
  prepare: () => Promise.resolve(),
  ask: (place) =>
    run('sh', ['-ec', programOf('docs/use/gcloud.md', 'sh')], {
      ...variables(place),
      CLOUDSDK_CONFIG: join(place.home, 'gcloud'),
      CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
      CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
      CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: systemTrust,
    }),
};

/** Imports that do not come with Go itself. */
const packagesOf = (program: string): readonly string[] =>
  [...program.matchAll(/^\t"([^"/]+\.[^"]+)"$/gm)].map(([, path = '']) => path);

/** Every program of the page that is not marked as not run. Go's libraries read the system's authorities. */
const goPrograms: readonly Client[] = snippetsOf('docs/use/go.md')
  .filter(({ language, notRun }) => language === 'go' && notRun === undefined)
  .map(({ text }, index) => {
    const name = `program-${index + 1}`;
    const packages = packagesOf(text);
    return {
      name: `Go: program ${index + 1} of docs/use/go.md (${packages[0] ?? ''})`,
      needs: { kind: 'go', packages },
      prepare: async (folder) => {
        const cwd = join(folder, name);
        mkdirSync(cwd);
        writeFileSync(join(cwd, 'main.go'), text);
        const env = { ...process.env, GO111MODULE: 'off', GOPATH: goPath };
        const built = await runProgram(['go', 'build', '-o', name, '.'], { cwd, env });
        if (built.status !== 0) throw new Error(`go build of ${name}: ${built.output}`);
      },
      ask: (place) => run(join(place.folder, name, name), [], variables(place)),
    };
  });

export const clients: readonly Client[] = [node, python, ...goPrograms, gcloud];
