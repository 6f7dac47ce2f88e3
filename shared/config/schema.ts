import * as v from 'valibot';
import { defaults } from './defaults.ts';
import { deploySchema } from './deploy-schema.ts';

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

const resource = v.pipe(v.string(), v.minLength(1), v.maxLength(1100));

const allowRule = v.strictObject({
  to: v.exactOptional(
    v.pipe(
      glob,
      v.description(
        'Glob of service account e-mails that may be requested: * is any run of characters, ? is one. Each rule has either to or grant.',
      ),
    ),
  ),
  grant: v.exactOptional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(200),
      v.description('A Google role that may be requested on the resources under on; exact, without globs.'),
    ),
  ),
  on: v.exactOptional(
    v.pipe(
      v.tupleWithRest([resource], resource),
      v.description(
        'With grant, required. Resources, each named exactly: projects/P, buckets/B, projects/P/datasets/D, projects/P/secrets/S, projects/P/topics/T or projects/P/subscriptions/S.',
      ),
    ),
  ),
  alsoPermit: v.exactOptional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.regex(
            /^[a-z][A-Za-z0-9]*(\.[A-Za-z0-9]+){1,4}$/,
            'must be one permission such as storage.objects.setRetention',
          ),
        ),
      ),
      v.minLength(1),
      v.description(
        "With grant: permissions that the Google role may have beyond rolebridge's list for this kind of resource.",
      ),
    ),
  ),
  clientProject: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^([a-z0-9.-]{1,63}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'must be the id of a project'),
      v.description(
        "With grant: the project that the role's clients use; the resource's if omitted. Required for buckets, whose names contain no project.",
      ),
    ),
  ),
  accounts: v.exactOptional(
    v.pipe(
      v.array(accountId),
      v.minLength(1),
      v.description('AWS accounts of these roles; all configured ones if omitted.'),
    ),
  ),
  roles: v.pipe(
    v.array(glob),
    v.minLength(1),
    v.description('Required. Globs of role names that may request access.'),
  ),
  maxDays: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(3650),
      v.description('A request must then have "until", at most this many days ahead.'),
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

const accountOutcomes = v.strictObject({
  mirror: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Also sends each outcome to the default bus of the role's AWS account, in us-east-1."),
    ),
    false,
  ),
  status: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Also publishes the state of each grant beside its config: <prefix>/<role>/<grant>.status, in every account.',
      ),
    ),
    false,
  ),
});

const endpoint = (description: string) => v.exactOptional(v.pipe(origin, v.description(description)));

const google = v.strictObject({
  project: v.pipe(
    projectId,
    v.description('Required. Id of the project that holds the workload identity pool.'),
  ),
  projectNumber: v.pipe(
    v.string('must be the project number, in quotes'),
    v.regex(/^\d{6,19}$/, 'must be the project number, in quotes'),
    v.description('The number of that project, in quotes. setup finds it.'),
  ),
  pool: v.pipe(
    v.string(),
    v.regex(/^(?!gcp-)[a-z0-9-]{4,32}$/, 'must be a pool id: 4 to 32 of a-z, 0-9 and -'),
    v.description(
      'Id of the pool, dedicated to rolebridge, which removes all members that no tag asks for. setup fills in aws-roles.',
    ),
  ),
  serviceAccount: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$/, 'must be a service account e-mail'),
    v.description(
      'The service account that rolebridge itself acts as, without a key; never a target. setup fills it in.',
    ),
  ),
  projects: v.pipe(
    v.array(projectId),
    v.minLength(1),
    // The sweep's record of them is limited to 8 KB (shared/core/scope.ts).
    v.maxLength(200),
    v.description('Required. Projects whose service accounts may be targets.'),
  ),
  endpoints: v.optional(
    v.pipe(
      v.strictObject({
        iam: endpoint("Origin for rolebridge's own calls of allow policies."),
        sts: endpoint('Origin of token_url, in published configs and for rolebridge itself.'),
        iamcredentials: endpoint(
          'Origin of the impersonation URL, in published configs and for rolebridge itself.',
        ),
        cloudresourcemanager: endpoint(
          "Origin for the command line's calls of projects, and for allow policies of projects.",
        ),
        serviceusage: endpoint("Origin for the command line's calls of enabled APIs."),
        storage: endpoint('Origin for allow policies of buckets.'),
        bigquery: endpoint('Origin for access lists of datasets.'),
        secretmanager: endpoint('Origin for allow policies of secrets.'),
        pubsub: endpoint('Origin for allow policies of topics and subscriptions.'),
        policyanalyzer: endpoint("Origin for the command line's calls of Policy Analyzer."),
      }),
      v.description("Origins to use instead of Google's public ones (Private Service Connect)."),
    ),
    {},
  ),
});

const regions = v.tupleWithRest([v.string()], v.string());

const account = v.strictObject({
  id: v.pipe(
    accountId,
    v.description('Required. An AWS account whose roles may request access: 12 digits, in quotes.'),
  ),
  provider: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^(?!gcp-)[a-z0-9-]{4,32}$/, 'must be a provider id: 4 to 32 of a-z, 0-9 and -'),
      v.description("Id of the account's provider in the pool; aws-<account> if omitted."),
    ),
  ),
  regions: v.exactOptional(
    v.pipe(
      regions,
      v.description("The AWS regions in which this account's configs are published; the file's if omitted."),
    ),
  ),
});

const sweep = v.strictObject({
  schedule: v.optional(
    v.pipe(
      schedule,
      v.description(
        'How often the sweep runs: rate(…) or cron(…), as EventBridge takes it. It also runs after every deploy.',
      ),
    ),
    defaults.sweepSchedule,
  ),
  maxRevocations: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.description(
        'The most grants that a sweep ends in one AWS account. If more would end, it ends none there and waits for approval.',
      ),
    ),
    25,
  ),
  parameterReadsPerSecond: v.optional(
    v.pipe(
      v.number(),
      v.minValue(1),
      v.maxValue(1000),
      v.description("The sweep's share of Parameter Store's throughput (40 by default), in each region."),
    ),
    10,
  ),
});

/** The forms of single values, for a command that asks for them. */
export const settingForms = { accountId, projectId, glob };

export const settingsSchema = v.strictObject({
  google: v.pipe(google, v.description('Required. The Google side, which setup creates.')),
  home: v.exactOptional(
    v.pipe(
      accountId,
      v.description(
        'The AWS account that rolebridge is deployed to: 12 digits, in quotes. Required with several accounts; the only account if omitted.',
      ),
    ),
  ),
  organization: v.exactOptional(
    v.pipe(
      v.string(),
      // https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
      v.regex(/^o-[a-z0-9]{10,32}$/, 'must be the id of an organization: "o-" and 10 to 32 of a-z and 0-9'),
      v.description(
        'The id of your AWS organization, which all accounts are in. Required with more than 100 accounts, which policies cannot list one by one.',
      ),
    ),
  ),
  accounts: v.pipe(
    v.array(account),
    v.minLength(1),
    v.description(
      'Required. The AWS accounts whose roles may request access, including the one deployed to.',
    ),
  ),
  regions: v.pipe(
    regions,
    v.description('Required. The AWS regions in which credential configs are published.'),
  ),
  parameterPrefix: v.optional(
    v.pipe(
      parameterPath,
      v.description('Where configs are published in Parameter Store: <prefix>/<role>/<grant>.'),
    ),
    defaults.parameterPrefix,
  ),
  formerParameterPrefixes: v.optional(
    v.pipe(
      v.array(parameterPath),
      v.description('Earlier values of parameterPrefix: the sweep clears them. Remove them afterwards.'),
    ),
    [],
  ),
  tagKey: v.optional(
    v.pipe(tagKey, v.description('Key of the tags that ask for access: <key>, and <key>/<grant name>.')),
    defaults.tagKey,
  ),
  mode: v.optional(
    v.pipe(
      v.picklist(['sync', 'upsert-only', 'dry-run']),
      v.description(
        'sync grants and revokes. upsert-only grants, and never revokes. dry-run writes nothing, and reports what it would do.',
      ),
    ),
    'sync',
  ),
  sweep: v.optional(
    v.pipe(sweep, v.description('The scheduled comparison of all access with all tags.')),
    {},
  ),
  accountOutcomes: v.exactOptional(
    v.pipe(
      accountOutcomes,
      v.description('Shows the teams of other AWS accounts the outcomes of their own roles. Off if omitted.'),
    ),
  ),
  notifications: v.exactOptional(
    v.pipe(
      notifications,
      v.description(
        'Sends alarms and outcomes to a topic, or to an e-mail address. Set one of email and topicArn. Off if omitted.',
      ),
    ),
  ),
  deploy: v.exactOptional(
    v.pipe(
      deploySchema,
      v.description('How the stack is deployed in a company with rules of its own (docs/deploy.md).'),
    ),
  ),
  allow: v.pipe(
    v.array(allowRule),
    v.description(
      'Required. The guardrail: which roles may request which service accounts. An empty list grants nothing.',
    ),
  ),
});

export type ParsedSettings = v.InferOutput<typeof settingsSchema>;
