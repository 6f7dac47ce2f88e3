/** "add", not "added", "adds" or "adding": the subject completes "If applied, this commit will …". */
const imperative = ({ subject }) => {
  const [verb = ''] = (subject ?? '').split(/[\s:,]/);
  const isBase = /^(need|embed|feed|seed|speed|shed|bring|ping|string|focus)$/.test(verb);
  return [
    isBase || !/(ed|ing|[^su]s)$/.test(verb),
    `the subject starts with an imperative verb, not "${verb}"`,
  ];
};

export default {
  extends: ['@commitlint/config-conventional'],
  plugins: [{ rules: { 'subject-imperative': imperative } }],
  rules: {
    // The first line of the message, with its type and scope: longer ones are cut in most lists of commits.
    'header-max-length': [2, 'always', 72],
    'subject-imperative': [2, 'always'],
    // Bodies quote commands and links.
    'body-max-line-length': [0],
    'footer-max-line-length': [0],
  },
};
