/**
 * The links of the chain from a tag to a Google API, in their order, each with its meaning. If a text
 * names several, begin with the first: those after it are often only its consequences.
 */
export const links = {
  tag: 'the tag on the AWS role, which names the access that it requests',
  events: 'CloudTrail and EventBridge, which report the change of a tag to rolebridge',
  guardrail: 'the rules of rolebridge.yml, which name the access that may be requested',
  ledger: "rolebridge's own records: the owner in the pool's description, and the ledger's table",
  'rolebridge-identity': "rolebridge's own sign-in to Google and to AWS",
  'opt-in': 'the owner of the service account lets rolebridge edit its allow policy',
  'allow-policy': 'the binding of the role in the allow policy of the service account',
  'organization-policy': 'the rules of the Google organization, which apply to everyone',
  parameter: 'the credential config in SSM Parameter Store, and boot/fetch, which brings it to the instance',
  'credential-config': 'the file that GOOGLE_APPLICATION_CREDENTIALS names, and the library that reads it',
  'instance-metadata': 'the metadata service of the instance (169.254.169.254)',
  'aws-credentials': 'the AWS credentials with which the library signs',
  'aws-region': 'the AWS region whose STS the library signs for',
  provider: 'the workload identity pool and its AWS provider',
  'token-exchange': "Google's STS, which takes the signed AWS request for a federated token",
  impersonation: 'the federated token acts as the service account',
  api: 'the Google API that is called in the end: enabled, and within its quota',
} as const;

export type Link = keyof typeof links;

/** A host, and near it, with no other host between, words or an HTTP status (next to a word such as "status" or "code"). */
export type Evidence = { readonly host: string } & ({ readonly words: string } | { readonly status: number });

/** An error that people meet on this path. */
export interface KnownError {
  /** kebab-case; stable, so that a page or a ticket can name it. */
  readonly id: string;
  readonly link: Link;
  /**
   * Phrases of the error text; one of them is enough. Letter case, white space, quotes, brackets and escapes do not count.
   * A phrase begins and ends with a whole word, except that a `*` at its end lets the last word continue. `…` stands for up
   * to 200 other characters, of the same line, that name at most one host. If one phrase contains another, the longer one is
   * more specific. Texts of rolebridge that other programs may use too begin with "rolebridge: ".
   */
  readonly phrases: readonly string[];
  /** Phrases that, in the same record, say that the cause is another one. */
  readonly unless?: readonly string[];
  /** Statements of a line about a host, in any order; one of them is enough. */
  readonly evidence?: readonly Evidence[];
  /** The error as people see it. */
  readonly example: string;
  /** The cause, in one to three sentences. */
  readonly cause: string;
  /**
   * Steps, in order: each is a command alone, or a sentence with commands in backticks. Words in capitals (ROLE,
   * SERVICE_ACCOUNT, …) are filled in from the text where it names them.
   */
  readonly next: readonly string[];
  /** Where the text comes from: a URL, or a file in this repository. */
  readonly source: string;
}
