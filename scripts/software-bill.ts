import { execFileSync } from 'node:child_process';
import manifest from '../package.json' with { type: 'json' };
import { bundledPackages } from './bundled.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    readonly expression?: string;
  }[];
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

export interface SoftwareBill {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
}

/**
 * What the lock file names, as CycloneDX, by npm itself: the same on every machine. Without the time and the number, so
 * that a commit has one bill.
 */
const wholeBill = (): SoftwareBill => {
  const text = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { serialNumber: _, metadata, ...bill } = JSON.parse(text) as SoftwareBill & { serialNumber: string };
  const { timestamp: __, ...rest } = metadata;
  // npm calls the whole by its folder's name.
  return { ...bill, metadata: { ...rest, component: { ...metadata.component, name: manifest.name } } };
};

/**
 * The bill of what ships: the packages that the bundles hold; with everything that they are built and tested with, if
 * asked for. What npm calls a production dependency says little of a bundle: some of it is left out, some tools are not.
 */
export const softwareBill = ({ isWhole = false } = {}): SoftwareBill => {
  const bill = wholeBill();
  if (isWhole) return bill;
  const bundled = new Set(bundledPackages().map(({ name, version }) => `${name}@${version}`));
  const components = bill.components
    .filter(({ name, version }) => bundled.has(`${name}@${version}`))
    .map((component) => ({ ...component, scope: 'required' as const }));
  const refs = new Set([bill.metadata.component['bom-ref'], ...components.map((one) => one['bom-ref'])]);
  return {
    ...bill,
    components,
    dependencies: bill.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) })),
  };
};

export const licensesOf = ({ licenses = [] }: Component): readonly string[] =>
  licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? 'unknown');
