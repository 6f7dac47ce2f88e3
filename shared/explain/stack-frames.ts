const where = String.raw`[^\s:()]{1,200}:\d{1,7}`;

// Each pattern is anchored at the start of the line and bounded, so that a long line costs no more than its length.
const frames: readonly RegExp[] = [
  // JavaScript and Java: "at Foo.bar (file.js:1:2)", "at com.acme.Foo.bar(Foo.java:12)", "at native".
  new RegExp(String.raw`^\s{0,40}at .{0,300}\(?(?:${where}|native|<anonymous>|Native Method|Unknown Source)`),
  // .NET: "at Google.Apis.Auth.X.Y(String a) in file.cs:line 3", "--- End of stack trace …".
  /^["\s]{0,40}at [\w.$<>`+[\]]{1,300}(?:\(|$)/,
  /^\s{0,40}-{3} End of (?:inner exception )?stack trace/i,
  // Java: "... 12 more".
  /^\s{0,40}\.{3} \d{1,5} (?:more|common frames omitted)/,
  // Python: 'File "main.py", line 3, in <module>', and the marks below the source.
  /^["\s]{0,40}File ".{1,300}", line \d{1,7}/,
  /^\s{4,80}[~^]+\s*$/,
  // Go: "main.go:12 +0x1d", "goroutine 1 [running]:".
  /^\s{0,40}\S{1,300}\.go:\d{1,7} \+0x/,
  /^goroutine \d{1,9} \[/,
  // PHP: "#0 /app/a.php(12): Foo->bar()", "#1 {main}". Dart: "#1      Foo.bar (package:x/y.dart:1:2)".
  /^\s{0,200}#\d{1,4} +(?:\S{1,300}\(\d{1,7}\):|\{main\}|\S{1,200} \()/,
  // Ruby: "from app.rb:12:in 'x'". Rust: "12: core::ops::call".
  /^\s{0,40}(?:from )?\S{1,300}\.rb:\d{1,7}:in /,
  /^\s{1,40}\d{1,4}: (?:0x[\da-f]+ - )?<?\w{1,100}::/,
];

/** Whether a line of a log is a frame of a stack: it names code that ran, and not what went wrong. */
export const isStackFrame = (line: string): boolean => frames.some((frame) => frame.test(line));

/** Python prints the source line below the frame that names it. */
export const isFollowedBySource = (frame: string): boolean =>
  /^["\s]{0,40}File ".{1,300}", line \d{1,7}/.test(frame);
