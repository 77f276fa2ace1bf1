// Package builder makes a signalman of its own from modules with plug-ins: it writes a
// module with a main package that lists them, and has Go build it.
//
// There are only a few types. A [Build] says what goes in; [Build.Run] does the work. A
// [Module] is where plug-ins come from, a [Plugin] a package that has some.
//
// # Caveats
//
// The plug-ins run with all rights of the program: whoever builds trusts them.
package builder
