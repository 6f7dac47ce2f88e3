/**
 * Shows Node's warnings in one line, without its advice for developers. Hides the one of Google's library about a metadata
 * server that it did not find: the error that follows explains the sign-in.
 */
export const shortenWarnings = (): void => {
  // With --no-warnings or NODE_NO_WARNINGS=1, Node has no listener.
  if (process.listenerCount('warning') === 0) return;
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    if (name !== 'MetadataLookupWarning') process.stderr.write(`Warning: ${message}\n`);
  });
};
