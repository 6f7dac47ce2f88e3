import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import type { policyanalyzer_v1 } from 'googleapis/build/src/apis/policyanalyzer/v1.js';
import { PermanentError } from '../../core/errors.ts';
import { isRecord } from '../../core/json.ts';
import { oncePer } from '../../core/once.ts';
import { projectOf, serviceAccountResource } from '../../core/service-account.ts';
import type { KeyAlert, ServiceAccountKey } from '../../keys/key.ts';
import { keyTimes } from '../../keys/key-times.ts';
import type { ActivityType, KeyReader } from '../../keys/ports.ts';
import type { RawActivity } from '../../keys/use.ts';
import { field } from '../field.ts';
import { itemsOf } from '../items.ts';
import { pages } from '../pages.ts';
import { readOne } from './call.ts';
import { googleClients, type PersonalSession } from './clients.ts';
import { refusesUnknownAccount } from './service-accounts.ts';

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys, …/policy-intelligence/docs/reference/policyanalyzer/rest/v1 */
export const googleKeyReader = (session: PersonalSession): KeyReader => {
  const clients = googleClients(session);
  /** Any server could answer `{}`, which would look like "no keys". */
  const isGoogle = oncePer((project: string) => refusesUnknownAccount(session, project));
  return {
    keys: async (email) => {
      const what = `the keys of ${email}`;
      const answer = await readOne(
        session,
        what,
        async () => {
          const { data } = await (await clients.iam()).projects.serviceAccounts.keys.list({
            name: serviceAccountResource(email),
            keyTypes: ['USER_MANAGED'],
          });
          return data;
        },
        `You need iam.serviceAccountKeys.list on ${email} or its project. ${optIn}`,
      );
      if (answer === undefined) return undefined;
      const keys = keysIn(what, email, answer);
      if (keys.length === 0 && !(await isGoogle(projectOf(email) ?? '-'))) throw notGoogles(what);
      return keys;
    },
    activities: async (project, type, emails) => {
      const what = `${type} of project ${project}`;
      const listed = pages(what, {
        read: async (pageToken) => {
          const page = await readOne(
            session,
            what,
            async () => {
              const { data } = await (
                await clients.policyanalyzer()
              ).projects.locations.activityTypes.activities.query({
                parent: `projects/${project}/locations/global/activityTypes/${type}`,
                pageSize: 1000, // Google's maximum
                ...(pageToken === undefined ? {} : { pageToken }),
              });
              return data;
            },
            `You need ${permissions[type]} on project ${project}. ${optIn}`,
          );
          if (page === undefined)
            throw new PermanentError(
              `reading ${what}: Google finds no such project. Correct google.projects in rolebridge.yml.`,
            );
          return checked(what, page, ['activities', 'nextPageToken']);
        },
        nextOf: ({ nextPageToken }) => nextPageToken ?? '',
      });
      const found = new Map<string, RawActivity[]>();
      for await (const { activities } of listed)
        for (const activity of itemsOf(what, activities, ['fullResourceName'])) {
          const name = nameIn(activity.fullResourceName, type);
          if (name === undefined || !emails.has(name.email)) continue;
          found.set(name.text, [...(found.get(name.text) ?? []), timesOf(activity)]);
        }
      return found;
    },
  };
};

/** The role is for people: the functions never read keys. */
const optIn =
  'An administrator of the Google side can give it to you: rolebridge setup --opt-in-keys user:you@example.com';

const permissions: Readonly<Record<ActivityType, string>> = {
  serviceAccountLastAuthentication: 'policyanalyzer.serviceAccountLastAuthenticationActivities.query',
  serviceAccountKeyLastAuthentication: 'policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query',
};

/** An answer has no other fields: in a proxy's page or in another API's answer, every list would look empty. */
const checked = <T extends object>(what: string, answer: T, fields: readonly (keyof T & string)[]): T => {
  const names: readonly string[] = fields;
  if (isRecord(answer) && Object.keys(answer).every((name) => names.includes(name))) return answer;
  throw notGoogles(what);
};

const notGoogles = (what: string): PermanentError =>
  new PermanentError(
    `reading ${what}: the answer is not Google's. Check google.endpoints in rolebridge.yml, and what answers there.`,
  );

const keysIn = (
  what: string,
  email: string,
  answer: iam_v1.Schema$ListServiceAccountKeysResponse,
): readonly ServiceAccountKey[] => {
  const { keys } = checked(what, answer, ['keys']);
  return itemsOf(what, keys, ['name'])
    .filter(({ keyType }) => keyType !== 'SYSTEM_MANAGED')
    .map((key): ServiceAccountKey => {
      const [, account, id] = /\/serviceAccounts\/([^/]+)\/keys\/([\w-]{1,100})$/.exec(key.name) ?? [];
      // The keys of another account, from a cache in between, say nothing about this one.
      if (id === undefined || account !== email)
        throw new PermanentError(
          `reading ${what}: ${JSON.stringify(key.name)} is not one of them. Check google.endpoints in rolebridge.yml, and what answers there.`,
        );
      return {
        id,
        ...keyTimes(key),
        isDisabled: key.disabled === true,
        alerts: alertsOf(key),
      };
    });
};

const alertsOf = ({
  extendedStatus,
  disableReason,
}: iam_v1.Schema$ServiceAccountKey): readonly KeyAlert[] => {
  const statuses: unknown = extendedStatus ?? [];
  const names = Array.isArray(statuses)
    ? statuses.map((status) =>
        String(field(status, 'key')).replace(/^SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_/, ''),
      )
    : ['?'];
  const reason = alerts.get(String(disableReason).replace(/^SERVICE_ACCOUNT_KEY_DISABLE_REASON_/, 'KEY_'));
  return [
    ...new Set([
      ...names.filter((name) => name !== 'KEY_UNSPECIFIED').map((name) => alerts.get(name) ?? 'unknown'),
      ...(reason === undefined ? [] : [reason]),
    ]),
  ];
};

const alerts: ReadonlyMap<string, KeyAlert> = new Map([
  ['KEY_EXPOSED', 'exposed'],
  ['KEY_COMPROMISE_DETECTED', 'compromised'],
]);

interface ActivityName {
  readonly email: string;
  /** `EMAIL`, or `EMAIL/keys/ID` */
  readonly text: string;
}

/** Undefined for anything else: then there is no data about the key, which is never "not used". */
const nameIn = (fullResourceName: string, type: ActivityType): ActivityName | undefined => {
  const [, email = '', key] =
    /^\/\/iam\.googleapis\.com\/projects\/[^/]+\/serviceAccounts\/([^/]+)(?:\/keys\/([\w-]{1,100}))?$/.exec(
      fullResourceName,
    ) ?? [];
  if (email === '' || (key === undefined) !== (type === 'serviceAccountLastAuthentication')) return undefined;
  return { email, text: key === undefined ? email : `${email}/keys/${key}` };
};

const timesOf = ({
  observationPeriod,
  activity,
}: policyanalyzer_v1.Schema$GoogleCloudPolicyanalyzerV1Activity): RawActivity => ({
  startTime: field(observationPeriod, 'startTime'),
  endTime: field(observationPeriod, 'endTime'),
  lastAuthenticatedTime: lastTimeOf(activity),
});

/** A missing time means "not used" only beside what was observed, and nothing else: otherwise its name may have changed. */
const lastTimeOf = (activity: unknown): unknown => {
  if (!isRecord(activity)) return 'missing';
  const { lastAuthenticatedTime, serviceAccount, serviceAccountKey, ...others } = activity;
  const isKnown = isRecord(serviceAccountKey ?? serviceAccount) && Object.keys(others).length === 0;
  return isKnown ? lastAuthenticatedTime : (lastAuthenticatedTime ?? 'missing');
};
