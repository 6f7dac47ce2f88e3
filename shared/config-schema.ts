import * as v from 'valibot';
import { defaults } from './config-defaults.ts';

/** The shape of rolebridge.yml. Editors use it as rolebridge.schema.json (npm run schema). */

const accountIdForm = 'must be an AWS account id: 12 digits, in quotes';
const accountId = v.pipe(v.string(accountIdForm), v.regex(/^\d{12}$/, accountIdForm));
const glob = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9_+=,.@*?-]+$/,
    'may contain only letters, digits, _ + = , . @ - and the wildcards * and ?',
  ),
);
// Domain-scoped projects are spelled example.com:project; a number serves for NUMBER-compute@developer accounts.
const projectId = v.pipe(
  v.string(),
  v.regex(/^([a-z0-9.-]+:)?[a-z0-9][a-z0-9-]{4,29}$/, 'must be a Google project id'),
);
const origin = v.pipe(
  v.string(),
  v.regex(/^https?:\/\/[^/?#\s]+$/, 'must be an origin such as https://sts.example.com, without a path'),
);

/** A single pattern, because a JSON schema allows only one, and without a flag for the casing. */
const parameterPath = v.pipe(
  v.string(),
  v.regex(/^(?!\/?([aA][wW][sS]|[sS][sS][mM]))(?!(\/[^/]*){14})(\/[A-Za-z0-9_.-]+)+$/, ({ input }) => {
    if (/^\/?(aws|ssm)/i.test(input))
      return `must not begin with "aws" or "ssm" in any casing, which AWS reserves; choose another name, such as ${defaults.parameterPrefix}`;
    return /^(\/[^/]+){14}/.test(input)
      ? 'must have at most 13 levels: Parameter Store allows 15, and the role and the grant come below it'
      : `must be a parameter path such as ${defaults.parameterPrefix}: "/" before each name of A-Z, a-z, 0-9, "_", "." and "-"`;
  }),
);

/** The form only; shared/core/schedule.ts checks what EventBridge allows within it. */
const schedule = v.pipe(
  v.string(),
  v.regex(/^(rate|cron)\([^()]*\)$/, 'must be such as rate(1 hour), rate(30 minutes) or cron(0 6 * * ? *)'),
);

/** IAM allows 128 characters, and `/` and a grant's name of 32 may follow. */
const tagKey = v.pipe(
  v.string(),
  v.regex(/^(?!aws:)[a-z0-9][a-z0-9_.:-]{0,94}$/, ({ input }) => {
    if (/^aws:/i.test(input))
      return `must not begin with "aws:" in any casing, which AWS reserves; choose another key, such as ${defaults.tagKey}`;
    return input.length > 95
      ? 'must have at most 95 characters: IAM allows 128, and "/" and a grant\'s name of up to 32 follow'
      : 'must be lower-case, without "/": a-z, 0-9, "_", ".", ":" and "-", beginning with a letter or digit';
  }),
);

const allowRule = v.strictObject({
  to: v.pipe(glob, v.description('Glob of service account e-mails that may be requested.')),
  accounts: v.exactOptional(
    v.pipe(
      v.array(accountId),
      v.minLength(1),
      v.description('AWS accounts; all configured ones if omitted.'),
    ),
  ),
  roles: v.pipe(v.array(glob), v.minLength(1), v.description('Globs of role names that may request access.')),
  maxDays: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(3650),
      v.description('Access must end within this many days.'),
    ),
  ),
});

/** The outcomes that stack/notifications.ts can send. */
const outcome = v.picklist(['Granted', 'Revoked', 'Refused', 'Failed', 'Forgotten', 'Revocations Held']);

const notifications = v.strictObject({
  email: v.exactOptional(
    v.pipe(
      v.string(),
      v.email('must be an e-mail address'),
      v.description('The stack creates a topic and subscribes this address to it.'),
    ),
  ),
  topicArn: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(
        /^arn:aws:sns:us-east-1:\d{12}:[\w-]{1,256}$/,
        'must be the ARN of a standard SNS topic in us-east-1, where the stack is',
      ),
      v.description('Your own topic, whose policy lets EventBridge and CloudWatch publish.'),
    ),
  ),
  outcomes: v.optional(v.pipe(v.array(outcome), v.description('Outcomes to send. Alarms are always sent.')), [
    'Failed',
    'Refused',
    'Revocations Held',
  ]),
});

export const settingsSchema = v.strictObject({
  google: v.strictObject({
    project: v.pipe(projectId, v.description('The project that holds the workload identity pool.')),
    projectNumber: v.pipe(
      v.string('must be the project number, in quotes'),
      v.regex(/^\d{6,19}$/, 'must be the project number, in quotes'),
    ),
    pool: v.pipe(
      v.string(),
      v.regex(/^(?!gcp-)[a-z0-9-]{4,32}$/, 'must be a pool id: 4 to 32 of a-z, 0-9 and -'),
    ),
    serviceAccount: v.pipe(
      v.string(),
      v.regex(/^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$/, 'must be a service account e-mail'),
    ),
    projects: v.pipe(
      v.array(projectId),
      v.minLength(1),
      // The sweep's record of them is limited to 8 KB (shared/core/scope.ts).
      v.maxLength(200),
      v.description('Projects whose service accounts may be targets.'),
    ),
    endpoints: v.optional(
      v.strictObject({
        iam: v.exactOptional(origin),
        sts: v.exactOptional(origin),
        iamcredentials: v.exactOptional(origin),
        cloudresourcemanager: v.exactOptional(origin),
        serviceusage: v.exactOptional(origin),
      }),
      {},
    ),
  }),
  accounts: v.pipe(
    v.array(
      v.strictObject({
        id: accountId,
        provider: v.pipe(
          v.string(),
          v.regex(/^(?!gcp-)[a-z0-9-]{4,32}$/, 'must be a provider id: 4 to 32 of a-z, 0-9 and -'),
        ),
        accessRole: v.exactOptional(v.string()),
      }),
    ),
    v.minLength(1),
  ),
  regions: v.pipe(
    v.tupleWithRest([v.string()], v.string()),
    v.description('The first one keeps the record; the others get copies.'),
  ),
  parameterPrefix: v.optional(parameterPath, defaults.parameterPrefix),
  formerParameterPrefixes: v.optional(
    v.pipe(
      v.array(parameterPath),
      v.description('Earlier values of parameterPrefix: the sweep clears them. Remove them afterwards.'),
    ),
    [],
  ),
  tagKey: v.optional(tagKey, defaults.tagKey),
  mode: v.optional(v.picklist(['sync', 'upsert-only', 'dry-run']), 'sync'),
  sweep: v.optional(
    v.strictObject({
      schedule: v.optional(schedule, defaults.sweepSchedule),
      maxRevocations: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 25),
      parameterReadsPerSecond: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(1000)), 10),
    }),
    {},
  ),
  notifications: v.exactOptional(
    v.pipe(
      notifications,
      v.description('Sends alarms and outcomes to a topic, or to an e-mail address. Off if omitted.'),
    ),
  ),
  allow: v.pipe(v.array(allowRule), v.description('The guardrail: nothing listed, nothing granted.')),
});

export type ParsedSettings = v.InferOutput<typeof settingsSchema>;
