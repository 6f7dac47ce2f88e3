import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { command } from '../support/command-line.ts';

/** The options of each command of "credentials", from its help. */
const known = new Map<string, ReadonlySet<string>>();
beforeAll(async () => {
  for (const name of ['serve', 'config', 'check']) {
    const { stdout } = await command({}, 'credentials', name, '--help');
    known.set(name, new Set(stdout.match(/--[a-z-]+/g)));
  }
});
const isKnown = ([group, name = '', ...args]: readonly string[]): boolean =>
  group === 'credentials' &&
  known.has(name) &&
  args.filter((arg) => arg.startsWith('--')).every((arg) => known.get(name)?.has(arg));

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly restartPolicy?: string;
  readonly startupProbe?: { readonly exec: { readonly command: readonly string[] } };
  readonly securityContext?: {
    readonly runAsUser: number;
    readonly runAsNonRoot: boolean;
    readonly readOnlyRootFilesystem: boolean;
  };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

interface ServiceAccount {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

interface Deployment {
  readonly kind: string;
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly selector: { readonly matchLabels: unknown };
    readonly template: {
      readonly metadata: { readonly labels: unknown };
      readonly spec: {
        readonly serviceAccountName: string;
        readonly volumes: readonly { readonly name: string }[];
        readonly initContainers: readonly Container[];
        readonly containers: readonly Container[];
      };
    };
  };
}

interface TaskContainer extends Required<Pick<Container, 'name' | 'command'>> {
  readonly essential: boolean;
  readonly environment: readonly unknown[];
  readonly healthCheck?: { readonly command: readonly string[] };
  readonly dependsOn?: readonly { readonly containerName: string; readonly condition: string }[];
  readonly mountPoints?: readonly { readonly sourceVolume: string }[];
}

interface Task {
  readonly networkMode: string;
  readonly volumes: readonly { readonly name: string }[];
  readonly containerDefinitions: readonly TaskContainer[];
}

const textOf = (name: string): string => readFileSync(join('docs/use/examples', name), 'utf8');
/** image/Dockerfile sets the same (tests/use/image.test.ts). */
const entryPoint = ['/nodejs/bin/node', '/rolebridge.mjs'];

describe.each(['eks-pod-identity.yaml', 'eks-irsa.yaml'])('%s', (name) => {
  const documents = parseAllDocuments(textOf(name));
  const [account, deployment] = documents.map((document) => document.toJS() as unknown) as [
    ServiceAccount,
    Deployment,
  ];
  const { metadata, spec: pod } = deployment.spec.template;
  const [sidecar, config] = pod.initContainers;
  const [app] = pod.containers;

  it('is a service account and a deployment that match each other', () => {
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    expect(documents).toHaveLength(2);
    expect([account.kind, deployment.kind]).toEqual(['ServiceAccount', 'Deployment']);
    expect(pod.serviceAccountName).toBe(account.metadata.name);
    expect(deployment.metadata.namespace).toBe(account.metadata.namespace);
    expect(deployment.spec.selector.matchLabels).toEqual(metadata.labels);
    const role = account.metadata.annotations?.['eks.amazonaws.com/role-arn'];
    expect(role).toBe(name.includes('irsa') ? 'arn:aws:iam::111122223333:role/reports' : undefined);
  });

  it('serves first, then fetches, and the app reads the written file', () => {
    expect(sidecar).toMatchObject({ restartPolicy: 'Always', args: ['credentials', 'serve'] });
    expect(config?.restartPolicy).toBeUndefined();
    const probe = sidecar?.startupProbe?.exec.command ?? [];
    expect(probe.slice(0, 2)).toEqual(entryPoint);
    for (const args of [sidecar?.args, config?.args, probe.slice(2)]) expect(isKnown(args ?? [])).toBe(true);
    for (const container of [sidecar, config])
      expect(container?.securityContext).toMatchObject({
        runAsUser: 65_532,
        runAsNonRoot: true,
        readOnlyRootFilesystem: true,
      });
    const written = config?.args?.at(-1);
    expect(app?.env).toContainEqual({ name: 'GOOGLE_APPLICATION_CREDENTIALS', value: written });
    for (const container of [config, app])
      expect(container?.volumeMounts).toEqual([
        expect.objectContaining({ name: pod.volumes[0]?.name, mountPath: '/google-access' }),
      ]);
  });
});

describe('ecs-task-definition.json', () => {
  const task = JSON.parse(textOf('ecs-task-definition.json')) as Task;
  const find = (name: string): TaskContainer => {
    const found = task.containerDefinitions.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no container ${name}`);
    return found;
  };

  it('the app waits for both, and reads the written file', () => {
    const [app, sidecar, config] = [find('app'), find('google-access'), find('google-access-config')];
    expect(app.dependsOn).toHaveLength(2);
    for (const { containerName, condition } of app.dependsOn ?? [])
      expect(find(containerName).essential).toBe(condition === 'HEALTHY');
    const health = sidecar.healthCheck?.command ?? [];
    expect(health.slice(0, 3)).toEqual(['CMD', ...entryPoint]);
    for (const args of [sidecar.command, config.command, health.slice(3)]) expect(isKnown(args)).toBe(true);
    expect(app.environment).toContainEqual({
      name: 'GOOGLE_APPLICATION_CREDENTIALS',
      value: config.command.at(-1),
    });
    const volumes = task.volumes.map(({ name }) => name);
    for (const { mountPoints = [] } of task.containerDefinitions)
      for (const { sourceVolume } of mountPoints) expect(volumes).toContain(sourceVolume);
    expect(task.networkMode).toBe('awsvpc');
  });

  const hasBotocore = spawnSync('python3', ['-c', 'import botocore']).status === 0;
  (hasBotocore ? it : it.skip)("is what AWS's own model of the API takes (is botocore installed?)", () => {
    const code = `
import json, sys, botocore.session, botocore.validate
shape = botocore.session.get_session().get_service_model("ecs").operation_model("RegisterTaskDefinition").input_shape
print(botocore.validate.ParamValidator().validate(json.load(sys.stdin), shape).generate_report())`;
    const ran = spawnSync('python3', ['-c', code], { input: JSON.stringify(task), encoding: 'utf8' });
    expect(ran.stdout + ran.stderr).toBe('\n');
  });
});
