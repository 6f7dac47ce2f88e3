export interface PredefinedRole {
  readonly name: string;
  readonly title: string;
  readonly permissions: readonly string[];
}

export const role = (
  name: string,
  title: string,
  ...permissions: readonly (string | readonly string[])[]
) => ({
  name: `roles/${name}`,
  title,
  permissions: [...new Set(permissions.flat())].toSorted(),
});

/** `all('pubsub.topics', 'get', 'list')`: the permissions of one kind of resource. */
export const all = (prefix: string, ...verbs: readonly string[]): readonly string[] =>
  verbs.map((verb) => `${prefix}.${verb}`);

/** Most roles contain these two. */
export const seesProjects = all('resourcemanager.projects', 'get', 'list');
