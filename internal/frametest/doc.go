// Package frametest is what every format of data frames must do, as a suite of tests.
//
// There are only a few types: a [Format] is a package to test; [Run] tests it, and [Fuzz]
// gives it damaged files.
//
// # Caveats
//
// Its testdata hold the same bars as other programs write them; see the README there.
package frametest
