import { memberOf } from '../../../shared/core/member.ts';
import { roleRef, settings } from '../../support/settings.ts';
import { type Breakage, change, type Repair } from './breakages.ts';
import { bucket, type DoctorWorld, directRole, topic, viewer } from './world.ts';

const own = `serviceAccount:${settings.google.serviceAccount}`;
const member = memberOf(settings, roleRef(directRole));

/** Removes a member from the bucket's policy. */
const removeMember = ({ google }: DoctorWorld, name: string): Repair => {
  const { policy } = google.buckets.bucket('acme-in');
  const before = policy.current();
  policy.replace({
    ...before,
    bindings: (before.bindings ?? []).filter(({ members }) => !members.includes(name)),
  });
  return () => policy.replace(before);
};
const rules = ({ edit }: DoctorWorld, correct: (rule: Record<string, unknown>) => void): Repair =>
  edit((file) => {
    const rule = Object.values(file['allow'] ?? {}).find(
      (one) => Reflect.get(Object(one), 'grant') === viewer,
    );
    correct(rule as Record<string, unknown>);
  });

/** Resources with Google roles that tags ask for, and the rules that name them. */
export const resourceBreakages: readonly Breakage[] = [
  {
    title: 'bucket not opted in',
    check: `resource-opt-in:${bucket}`,
    status: 'failed',
    fix: /rolebridge setup --opt-in-resource buckets\/acme-in/,
    break: (world) => removeMember(world, own),
  },
  {
    title: 'bucket not opted in, and so not bound',
    check: `resource-opt-in:${bucket}`,
    status: 'failed',
    fix: /rolebridge setup --opt-in-resource buckets\/acme-in/,
    break: (world) => {
      const repairs = [removeMember(world, member), removeMember(world, own)];
      return () => repairs.toReversed().map((repair) => repair());
    },
  },
  {
    title: 'topic not opted in, and not requested by any role',
    check: `resource-opt-in:${topic}`,
    status: 'failed',
    fix: /rolebridge setup --opt-in-resource projects\/acme-data\/topics\/orders/,
    break: ({ google }) => {
      const { policy } = google.pubsub.resource(topic);
      const before = policy.current();
      policy.replace({ ...before, bindings: [] });
      return () => policy.replace(before);
    },
  },
  {
    title: 'bucket without uniform access',
    check: `resource:${bucket}`,
    status: 'failed',
    fix: /gcloud storage buckets update gs:\/\/acme-in --uniform-bucket-level-access/,
    break: ({ google }) => change(google.buckets.bucket('acme-in'), { isUniform: false }),
  },
  {
    title: 'topic deleted',
    check: `resource:${topic}`,
    status: 'failed',
    fix: /Create it, or correct the rules/,
    break: ({ google }) => {
      const { policy } = google.pubsub.resource(topic);
      const before = policy.current();
      google.pubsub.remove(topic);
      return () => google.pubsub.addTopic('acme-data', 'orders').policy.replace(before);
    },
  },
  {
    title: 'a direct binding is missing',
    check: `binding:${directRole}`,
    status: 'failed',
    fix: /rolebridge sweep/,
    break: (world) => removeMember(world, member),
  },
  {
    title: 'a rule for a Google role that is never granted',
    check: `google-roles:${bucket}`,
    status: 'failed',
    fix: /Correct the rule in rolebridge\.yml, and deploy/,
    break: async (world) => {
      const repair = rules(world, (rule) => Object.assign(rule, { grant: 'roles/storage.admin' }));
      await world.tag(directRole, { 'google-access': `roles/storage.admin on ${bucket}` });
      return async () => {
        repair();
        await world.tag(directRole, { 'google-access': `${viewer} on ${bucket}` });
      };
    },
    options: () => ({ roles: [directRole] }),
  },
  {
    title: 'a rule for a Google role that the resource does not accept',
    check: `google-roles:${bucket}`,
    status: 'failed',
    fix: /Correct the rule in rolebridge\.yml, and deploy/,
    break: ({ edit }) =>
      edit((file) =>
        Object.assign(file, {
          allow: [
            ...Object.values(file['allow'] ?? {}),
            { grant: 'roles/pubsub.viewer', on: [bucket], roles: ['app-*'], clientProject: 'acme-data' },
          ],
        }),
      ),
  },
];
