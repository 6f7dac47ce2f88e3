/** A CloudFormation resource. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: 'Delete';
  readonly UpdateReplacePolicy?: 'Delete';
}

export type Resources = Readonly<Record<string, Resource>>;
