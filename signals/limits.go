package signals

// Limits is how many calls one key may make: 0 is no limit. Hours, days and months are
// those of the calendar in UTC; a minute is any 60 seconds.
type Limits struct {
	Month  int `toml:"month" param:"min=0,max=1000000000" doc:"calls in a calendar month (UTC); 0 is no limit"`
	Day    int `toml:"day" param:"min=0,max=1000000000" doc:"calls in a day (UTC); 0 is no limit"`
	Hour   int `toml:"hour" param:"min=0,max=1000000000" doc:"calls in an hour; 0 is no limit"`
	Minute int `toml:"minute" param:"min=0,max=1000000000" doc:"calls in any 60 seconds; 0 is no limit"`
}
