// Package arch checks how the module is written: which package may import which,
// that the deterministic packages stay deterministic, that what is exported is
// documented, that files and functions stay small, and that no secret or machine
// path slips into the text. Nothing imports it; its tests are the policy.
//
// There are only a few types. A tree is every Go file of a module, parsed. A unit
// is one package of it, type-checked. A finding is a place and what is wrong there.
// The policy itself is text, in policy_test.go: the table of arrows, the list of
// deterministic packages, the table of bans.
//
// # Caveats
//
// Imports, comments and sizes are read from every file, whatever its build
// constraints. The type-checked rules see the files that the current platform
// builds, and report the ones that it leaves out: what cannot be checked fails.
// Export data of dependencies comes from "go list -export", so the go command
// must be on the path; nothing is downloaded once the module cache is warm.
//
// The rule on fused multiply-add follows a product through variables and fields
// of one function and through functions that return it. It does not follow
// products through arguments, or through fields set in another function.
package arch
