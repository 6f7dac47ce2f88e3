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
 * The bill of materials of a release: the packages in the bundles and, on request, everything that builds and tests them. npm's
 * production dependencies are not the same: the bundles leave some of them out, and contain some of the tools.
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

/**
 * npm's own CycloneDX list of the packages in the lock file, equal on every machine. Time and serial number are removed, so
 * that each commit has one bill of materials.
 */
const wholeBill = (): SoftwareBill => {
  const text = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { serialNumber: _, metadata, ...bill } = JSON.parse(text) as SoftwareBill & { serialNumber: string };
  const { timestamp: __, ...rest } = metadata;
  // npm uses the name of the folder.
  return { ...bill, metadata: { ...rest, component: { ...metadata.component, name: manifest.name } } };
};

export const licensesOf = ({ licenses = [] }: Component): readonly string[] =>
  licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? 'unknown');
