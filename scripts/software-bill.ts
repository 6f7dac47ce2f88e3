import { execFileSync } from 'node:child_process';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
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

/** What is installed, as CycloneDX, by npm itself; without the time and the number, so that a commit has one bill. */
const wholeBill = (): SoftwareBill => {
  const text = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { serialNumber: _, metadata, ...bill } = JSON.parse(text) as SoftwareBill & { serialNumber: string };
  const { timestamp: __, ...rest } = metadata;
  return { ...bill, metadata: { ...rest, component: metadata.component } };
};

const isForTools = ({ properties = [] }: Component): boolean =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');

/**
 * The bill of what ships; with everything that is only built or tested with, if asked for. Not by `npm sbom --omit dev`:
 * that leaves out whatever a tool needs as well (npm 11).
 */
export const softwareBill = ({ isWhole = false } = {}): SoftwareBill => {
  const bill = wholeBill();
  if (isWhole) return bill;
  const components = bill.components.filter((component) => !isForTools(component));
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
