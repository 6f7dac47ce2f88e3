/** A whole e-mail, as tags, parameters and messages may spell it: lower-case ASCII. */
export const isServiceAccountEmail = (text: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{0,62}@[a-z0-9][a-z0-9.-]{0,120}\.gserviceaccount\.com$/.test(text);

/** `legacy.example.com` is the project `example.com:legacy`; a name without an organization is itself. */
const projectNamed = (text: string): string | undefined => {
  const [, id, organization] = /^([a-z][a-z0-9-]*)(?:\.([a-z0-9.-]+))?$/.exec(text) ?? [];
  return id === undefined || organization === undefined ? id : `${organization}:${id}`;
};

/**
 * The project id (or number) that a service account's e-mail names; undefined if it names none.
 * Google answers "not permitted" for a missing account unless the project is named, and then "not found".
 */
export const projectOf = (email: string): string | undefined => {
  const at = email.indexOf('@');
  const name = email.slice(0, at);
  const domain = email.slice(at + 1);
  if (domain === 'developer.gserviceaccount.com') return /^(\d+)-compute$/.exec(name)?.[1];
  if (domain === 'appspot.gserviceaccount.com') return projectNamed(name);
  const [, project] = /^(.+)\.iam\.gserviceaccount\.com$/.exec(domain) ?? [];
  return project === undefined ? undefined : projectNamed(project);
};

/** The resource whose allow policy holds our binding: `projects/P/serviceAccounts/E`, or a bucket, dataset or other resource of a rule. */
export type ResourceName = string;

export const serviceAccountResource = (email: string): ResourceName =>
  `projects/${projectOf(email) ?? '-'}/serviceAccounts/${email}`;

export const isServiceAccountResource = (resource: ResourceName): boolean =>
  resource.includes('/serviceAccounts/');

/** The project's id or number in a resource's name; `-` where the name has none. */
export const projectOfResource = (resource: ResourceName): string =>
  resource.startsWith('projects/') ? String(resource.split('/')[1]) : '-';

export const emailOfResource = (resource: ResourceName): string =>
  resource.slice(resource.lastIndexOf('/') + 1);
