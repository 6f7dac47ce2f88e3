import { byId, element } from './dom.ts';

/** More of them are in their own section, which is cut too. */
const most = 5;

/** Shows the members that the table does not contain: rolebridge does not manage them, or their policy was not read. */
export const showBeside = (members: readonly string[], isUnread: boolean): void => {
  const place = byId('beside');
  place.hidden = members.length === 0 && !isUnread;
  place.replaceChildren(
    ...(isUnread ? [element('p', {}, 'Its policy was not read: members there are not known.')] : []),
    ...(members.length === 0 ? [] : memberElements(members)),
  );
};

const memberElements = (members: readonly string[]): readonly (Node | string)[] => [
  members.length === 1
    ? 'Besides these rows, a member of our pools that rolebridge does not manage:'
    : `Besides these rows, ${members.length} members of our pools that rolebridge does not manage:`,
  element(
    'ul',
    {},
    ...members.slice(0, most).map((text) => element('li', {}, element('bdi', {}, text))),
    ...(members.length > most
      ? [element('li', {}, `and ${members.length - most} more, in the JSON of this page`)]
      : []),
  ),
];
