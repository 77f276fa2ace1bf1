// Package config reads strategies.toml: which accounts there are, which strategies
// trade on them, under which risk rules, with signals of which sources.
//
// There are only a few types. [Plugins] names what a configuration may mention. [Load]
// and [Parse] make a [Config] of it: each [Account] with its [Strategy] values, each
// of these with the [Chain] that reviews its orders, and each [Source] of signals. The
// structs of the plug-ins are filled in; nothing is initialised or opened.
//
// Reading is strict. An unknown key, a value of another type or out of range, and a
// float where a decimal is meant are errors with file, line and column. All that can
// be found at once are reported at once. Every error is a [market.Error] of class
// Usage.
//
// # Caveats
//
// Each call of Parse makes fresh strategies, rules and sizers: a second run needs a
// second call. Strategies of one account that name the same [risk.X] share one Chain;
// those of other accounts have one of their own.
//
// A plug-in's struct is read by reflection: exported fields with a toml tag are its
// parameters. The kinds are strings, whole numbers, floats, booleans, decimals,
// durations, whatever reads itself from text, and slices, structs and maps of these.
package config
