import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  DetachRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import { untilCondition } from '../../../shared/core/iam-policy.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { reader, reports, roleRef, settings, writer } from '../../support/settings.ts';
import { type Breakage, change, disable, type Repair } from './breakages.ts';
import { type DoctorWorld, longRole, until } from './world.ts';

const key = 'google-access';
const parameter = '/google-access/reports/default';

/** Edits the bindings of a policy. */
const rebind = (
  { cell }: DoctorWorld,
  email: string,
  edit: (bindings: readonly { role: string; members: readonly string[] }[]) => readonly object[],
): Repair => {
  const policy = cell(email).current();
  cell(email).replace({ ...policy, bindings: edit(policy.bindings ?? []) as never });
  return () => cell(email).replace(policy);
};
const people = (count: number) => ({
  role: 'roles/iam.serviceAccountUser',
  members: Array.from({ length: count }, (_, index) => `user:${index}@example.com`),
});
const retag = async (world: DoctorWorld, role: string, value: string, back: string): Promise<Repair> => {
  await world.tag(role, { [key]: value });
  return () => world.tag(role, { [key]: back });
};
const attach = async ({ iam }: DoctorWorld, name: string): Promise<Repair> => {
  const input = { RoleName: 'reports', PolicyArn: `arn:aws:iam::aws:policy/${name}` };
  await iam.send(new AttachRolePolicyCommand(input));
  return () => iam.send(new DetachRolePolicyCommand(input));
};

/** Breakages of targets, of roles, and of what the functions write for them. */
export const roleBreakages: readonly Breakage[] = [
  {
    title: 'target not opted in',
    check: `opt-in:${reader}`,
    status: 'failed',
    fix: /rolebridge setup --opt-in reader@acme-data/,
    break: ({ optIn }) => {
      optIn(reader, false);
      return () => optIn(reader);
    },
  },
  {
    title: 'target not opted in, and so not bound',
    check: `opt-in:${reader}`,
    status: 'failed',
    fix: /rolebridge setup --opt-in reader@acme-data/,
    break: (world) => rebind(world, reader, () => []),
  },
  {
    title: 'target deleted',
    check: `account:${reader}`,
    status: 'failed',
    fix: /tag the role with another one/,
    break: ({ google, cell }) => {
      const policy = cell(reader).current();
      google.removeServiceAccount(reader);
      return () => google.addServiceAccount(reader, 'acme-data', policy);
    },
  },
  {
    title: 'target disabled',
    check: `account:${reader}`,
    status: 'failed',
    fix: /gcloud iam service-accounts enable reader@acme-data\.iam\.gserviceaccount\.com --project acme-data$/,
    break: (world) => disable(world, reader),
  },
  {
    title: 'policy nearly full',
    check: `principals:${reader}`,
    status: 'warning',
    fix: /second service account/,
    break: (world) => rebind(world, reader, (bindings) => [...bindings, people(1_250)]),
  },
  {
    title: 'policy full',
    check: `principals:${reader}`,
    status: 'failed',
    fix: /second service account/,
    break: (world) => rebind(world, reader, (bindings) => [...bindings, people(1_498)]),
  },
  {
    title: 'binding missing',
    check: 'binding:reports',
    status: 'failed',
    fix: /rolebridge sweep/,
    break: (world) =>
      rebind(world, reader, (bindings) => bindings.filter(({ role }) => role !== workloadIdentityUser)),
  },
  {
    title: 'binding under a condition that has expired',
    check: `binding:${longRole}`,
    status: 'failed',
    fix: /rolebridge sweep/,
    break: (world) =>
      rebind(world, writer, (bindings) =>
        bindings.map((binding) =>
          binding.role === workloadIdentityUser
            ? { ...binding, condition: untilCondition('2020-01-01T00:00:00Z') }
            : binding,
        ),
      ),
  },
  {
    title: 'bound on an account that no tag names',
    check: 'elsewhere:reports',
    status: 'failed',
    fix: /rolebridge sweep/,
    break: (world) =>
      rebind(world, writer, (bindings) => [
        ...bindings,
        { role: workloadIdentityUser, members: [memberOf(settings, reports)] },
      ]),
  },
  {
    title: 'a role without a tag, bound by hand',
    check: 'access',
    status: 'failed',
    fix: /rolebridge plan\nLet rolebridge repair it: rolebridge sweep/,
    break: (world) =>
      rebind(world, writer, (bindings) => [
        ...bindings,
        { role: workloadIdentityUser, members: [memberOf(settings, roleRef('nobody'))] },
      ]),
  },
  {
    title: 'bound twice, once without an expiry',
    check: `elsewhere:${longRole}`,
    status: 'failed',
    fix: /rolebridge sweep/,
    break: (world) =>
      rebind(world, writer, (bindings) => [
        ...bindings,
        { role: workloadIdentityUser, members: [memberOf(settings, roleRef(longRole))] },
      ]),
  },
  {
    title: 'parameter missing in one region',
    check: 'parameters:reports',
    status: 'failed',
    fix: /rolebridge sweep/,
    break: ({ aws }) => {
      const there = aws.ssm.parameters('eu-west-1');
      const value = there.get(parameter);
      if (value === undefined) throw new Error('no parameter');
      there.delete(parameter);
      return () => there.set(parameter, value);
    },
  },
  {
    title: 'parameter changed by hand',
    check: 'parameters:reports',
    status: 'failed',
    fix: /rolebridge sweep/,
    break: ({ aws }) => {
      const there = aws.ssm.parameters('eu-west-1');
      const value = there.get(parameter);
      if (value === undefined) throw new Error('no parameter');
      there.set(parameter, { ...value, value: value.value.replace('reader@', 'writer@') });
      return () => there.set(parameter, value);
    },
  },
  {
    title: 'a refused tag of a role that no one named',
    check: 'tags:reports',
    status: 'warning',
    fix: /aws iam tag-role --role-name reports/,
    break: async (world) => {
      await world.tag('reports', { [`${key}/more`]: 'nonsense' });
      return () => world.untag('reports', `${key}/more`);
    },
  },
  {
    title: 'a refused tag of the role that was named',
    check: 'tags:reports',
    status: 'failed',
    fix: /aws iam tag-role --role-name reports/,
    break: async (world) => {
      await world.tag('reports', { [`${key}/more`]: 'boss@other-data.iam.gserviceaccount.com' });
      return () => world.untag('reports', `${key}/more`);
    },
    options: () => ({ roles: ['reports'] }),
  },
  {
    title: 'access that expired',
    check: `tags:${longRole}`,
    status: 'failed',
    fix: /aws iam tag-role/,
    break: async (world) => {
      const untag = await retag(world, longRole, `${writer} until 2020-01-01`, `${writer} until ${until}`);
      const unbind = rebind(world, writer, (bindings) =>
        bindings.map((binding) =>
          binding.role === workloadIdentityUser
            ? { ...binding, condition: untilCondition('2020-01-02T00:00:00Z') }
            : binding,
        ),
      );
      return async () => {
        unbind();
        await untag();
      };
    },
    options: () => ({ roles: [longRole] }),
  },
  {
    title: 'the role does not exist',
    check: 'role:report',
    status: 'failed',
    fix: /aws iam list-roles/,
    break: () => () => undefined,
    options: () => ({ roles: ['report'] }),
  },
  {
    title: 'no instance profile',
    check: 'use:reports',
    status: 'warning',
    fix: /aws iam add-role-to-instance-profile/,
    break: async ({ iam }) => {
      const input = { InstanceProfileName: 'reports', RoleName: 'reports' };
      await iam.send(new RemoveRoleFromInstanceProfileCommand(input));
      return () => iam.send(new AddRoleToInstanceProfileCommand(input));
    },
  },
  {
    title: 'metadata service off',
    check: 'metadata:reports',
    status: 'failed',
    fix: /aws ec2 modify-instance-metadata-options --instance-id i-0aaaaaaaaaaaaaaaa --region eu-west-1 --http-endpoint enabled/,
    break: ({ instance }) =>
      change(instance, { metadata: { ...instance.metadata, httpEndpoint: 'disabled' } }),
  },
  {
    title: 'hop limit 1 where containers run',
    check: 'metadata:reports',
    status: 'warning',
    fix: /--http-put-response-hop-limit 2/,
    break: ({ instance }) => change(instance, { tags: { 'kubernetes.io/cluster/acme': 'owned' } }),
  },
  {
    title: "an EKS node's role",
    check: 'sharing:reports',
    status: 'warning',
    fix: /Pod Identity/,
    break: (world) => attach(world, 'AmazonEKSWorkerNodePolicy'),
  },
];
