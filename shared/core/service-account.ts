/**
 * The project id (or number) that a service account's e-mail names; undefined where it names none.
 * Domain-scoped projects are spelled `example.com:project` and appear in e-mails as `project.example.com`.
 * Google answers "not permitted" for a missing account unless the project is named, and then "not found".
 */
export const projectOf = (email: string): string | undefined => {
  const at = email.indexOf('@');
  const name = email.slice(0, at);
  const domain = email.slice(at + 1);
  if (domain === 'developer.gserviceaccount.com') return /^(\d+)-compute$/.exec(name)?.[1];
  if (domain === 'appspot.gserviceaccount.com') return name;
  const [, project, organisation] =
    /^([a-z][a-z0-9-]*)(?:\.([a-z0-9.-]+))?\.iam\.gserviceaccount\.com$/.exec(domain) ?? [];
  return organisation === undefined ? project : `${organisation}:${project}`;
};

/** The resource whose allow policy holds our binding: `projects/P/serviceAccounts/E`. */
export type ResourceName = string;

export const serviceAccountResource = (email: string): ResourceName =>
  `projects/${projectOf(email) ?? '-'}/serviceAccounts/${email}`;

export const emailOfResource = (resource: ResourceName): string =>
  resource.slice(resource.lastIndexOf('/') + 1);
