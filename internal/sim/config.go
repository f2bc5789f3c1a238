package sim

import "github.com/entangle-go/entangle/protocol"

// Config says what may happen in a world.
type Config struct {
	Name  string
	About string

	Endpoints  int
	Steps      int           // of the schedule, before everything is drained
	Closes     bool          // applications close ends
	Circles    bool          // ports may be shipped through each other; otherwise only over ports of older channels
	Deaths     int           // at most so many processes end
	Connects   bool          // mostly connects; listeners come and go; there are services and other partitions
	Broadcasts bool          // applications use broadcast channels
	Crowd      int           // so many connects, channels and listeners are there already, which is near what is allowed
	Cuts       bool          // sockets are cut, and clients come back
	Half       bool          // the hub may notice late
	Restarts   int           // at most so often the hub is killed and starts again
	Rotate     bool          // with a new key
	Absences   bool          // clients may be away for too long
	Heirs      bool          // the hub keeps copies of what clients post, and sends them when those are gone
	Clocks     bool          // clocks jump
	Slow       bool          // connects may wait for minutes
	Late       bool          // so much time may pass that offers are given up
	Absence    protocol.Time // how long one may be away; 0: as usual
	Hostile    int           // so many clients say anything
	Thefts     bool          // former owners replay their capabilities
	Tickets    bool          // hostile clients use tickets of others, and dead ones come back with old ones
	Private    bool          // honest clients use no name that hostile ones know
	Lose       int           // one packet in so many is lost; 0: none
	Double     int           // one packet in so many comes twice; 0: none

	Off protocol.Mutations // rules that are switched off

	record bool   // the endpoints' logs
	misuse misuse // of what steps give
}

// Configs are the configurations, in the order in which they are documented.
func Configs() []Config {
	return []Config{
		{Name: "moves", About: "ports are handed on, nobody closes or dies", Endpoints: 4, Steps: 400},
		{Name: "closes", About: "applications close ports at any time", Endpoints: 4, Steps: 400, Closes: true},
		{Name: "deaths", About: "processes end at any time, with any part of what they sent last", Endpoints: 4, Steps: 400, Deaths: 2},
		{Name: "closes-deaths", About: "both", Endpoints: 4, Steps: 400, Closes: true, Deaths: 2},
		{Name: "large", About: "more of everything", Endpoints: 6, Steps: 1500, Closes: true, Deaths: 3},
		{Name: "two", About: "two endpoints, between which everything goes to and fro", Endpoints: 2, Steps: 300, Closes: true},
		{Name: "circles", About: "ports are shipped through each other", Endpoints: 4, Steps: 400, Circles: true, Closes: true, Deaths: 1},
		{Name: "connects", About: "names: many callers, listeners that come, go and die, services, partitions",
			Endpoints: 7, Steps: 400, Closes: true, Deaths: 2, Connects: true},
		{Name: "late", About: "as connects, and answers come after their time", Endpoints: 7, Steps: 400, Closes: true, Deaths: 2,
			Connects: true, Late: true, Absence: 5 * protocol.DefaultAbsence},
		{Name: "broadcasts", About: "broadcast channels, with subscribers that come and go", Endpoints: 7, Steps: 400, Deaths: 2,
			Connects: true, Broadcasts: true},
		{Name: "limits", About: "as many connects, broadcast channels and listeners as are allowed, and more", Endpoints: 4, Steps: 300,
			Closes: true, Connects: true, Broadcasts: true, Crowd: 1023},
		{Name: "attack", About: "clients that say anything, that know others' endpoints, and former owners that come back",
			Endpoints: 4, Steps: 400, Closes: true, Deaths: 1, Hostile: 2, Thefts: true},
		{Name: "resume-moves", About: "as moves, and sockets are cut", Endpoints: 4, Steps: 600, Cuts: true},
		{Name: "resume-closes", About: "as closes, and sockets are cut", Endpoints: 4, Steps: 600, Closes: true, Cuts: true},
		{Name: "resume-deaths", About: "as closes-deaths, and sockets are cut, for too long too", Endpoints: 4, Steps: 600,
			Closes: true, Deaths: 2, Cuts: true, Absences: true},
		{Name: "resume-connects", About: "as connects, and sockets are cut", Endpoints: 7, Steps: 600, Closes: true, Deaths: 1, Connects: true,
			Broadcasts: true, Cuts: true},
		{Name: "restarts", About: "the hub is killed and starts again, with a new key too", Endpoints: 4, Steps: 600, Closes: true, Deaths: 1,
			Cuts: true, Restarts: 3, Rotate: true},
		{Name: "restart-names", About: "as connects, and the hub is killed and starts again", Endpoints: 7, Steps: 600, Closes: true, Deaths: 1,
			Connects: true, Broadcasts: true, Cuts: true, Restarts: 3, Rotate: true},
		{Name: "slow-transit", About: "connects wait for minutes, with ports in what was posted on them", Endpoints: 4, Steps: 600, Closes: true,
			Cuts: true, Slow: true},
		{Name: "half-open", About: "sockets are cut and the hub does not notice: clients have several sessions", Endpoints: 4, Steps: 600,
			Closes: true, Deaths: 1, Cuts: true, Half: true, Restarts: 1},
		{Name: "lossy", About: "packets are lost and doubled, and sockets are cut", Endpoints: 4, Steps: 600, Closes: true, Cuts: true,
			Half: true, Lose: 40, Double: 40},
		{Name: "circles-resume", About: "as circles, and sockets are cut", Endpoints: 4, Steps: 500, Circles: true, Closes: true, Deaths: 1,
			Cuts: true, Restarts: 1},
		{Name: "heirs", About: "as closes-deaths, and the hub sends what those who die have posted", Endpoints: 5, Steps: 400,
			Closes: true, Deaths: 3, Heirs: true},
		{Name: "heirs-resume", About: "as heirs, and sockets are cut, for too long too", Endpoints: 5, Steps: 600,
			Closes: true, Deaths: 3, Heirs: true, Cuts: true, Half: true, Absences: true, Restarts: 1},
		{Name: "heirs-connects", About: "as connects, and the hub sends what those who die have posted", Endpoints: 7, Steps: 400,
			Closes: true, Deaths: 3, Connects: true, Heirs: true, Cuts: true},
		{Name: "clocks", About: "as restarts, and clocks jump", Endpoints: 4, Steps: 600, Closes: true, Deaths: 1, Cuts: true, Half: true,
			Restarts: 2, Clocks: true},
		{Name: "thieves", About: "former owners that come back, with copies of what they had", Endpoints: 4, Steps: 600,
			Hostile: 1, Thefts: true, Private: true},
		{Name: "thieves-resume", About: "stolen tickets, and dead clients that come back with old ones", Endpoints: 4, Steps: 600, Deaths: 2,
			Hostile: 1, Thefts: true, Private: true, Tickets: true, Cuts: true, Restarts: 1},
	}
}

// Find finds a configuration by its name.
func Find(name string) (Config, bool) {
	for _, c := range Configs() {
		if c.Name == name {
			return c, true
		}
	}
	return Config{}, false
}

// The partitions and services of a world.
const (
	pageOrigin    = "https://a.example"
	serviceOrigin = "https://s.example"
)

// identity is who the i-th client is. With connects the last three are services of one origin, of
// two users, and somebody in another partition.
func (c *Config) identity(i int) member {
	m := member{identity: protocol.Identity{User: "dev", Origin: pageOrigin}}
	if !c.Connects {
		return m
	}
	switch c.Endpoints - i {
	case 3, 2:
		m = member{identity: protocol.Identity{User: []string{"ops", "dev"}[i%2], Service: true}, origin: serviceOrigin, service: true}
	case 1:
		m.identity.User = "ann"
	}
	return m
}

// Mutation is a rule that is switched off, and the configuration in which that has to be seen.
type Mutation struct {
	Name   string
	About  string
	Config Config
	From   uint64 // a seed shortly before the first one that shows it, for one that is rarely seen
}

// Mutations are all that there are.
func Mutations() []Mutation {
	return []Mutation{
		{"no-gate", "messages pass before the peer's owner has confirmed the claim",
			named("thieves", protocol.Mutations{NoGate: true}), 0},
		{"no-chain", "a higher number is accepted without its custody chain",
			named("thieves-resume", protocol.Mutations{NoChain: true}), 0},
		{"no-transit", "ports in unacknowledged messages count as lost with their sender",
			named("closes-deaths", protocol.Mutations{NoTransit: true}), 250},
		{"no-queue", "the queue does not travel with its port",
			named("moves", protocol.Mutations{NoQueue: true}), 0},
		{"no-retained", "unacknowledged messages do not travel with their port",
			named("moves", protocol.Mutations{NoRetained: true}), 0},
		{"no-offer-hop", "every offer of a connect has the same token",
			named("late", protocol.Mutations{NoOfferHop: true}), 0},
		{"early-attach", "a claim attaches before the listener's endpoint has taken the offer",
			named("connects", protocol.Mutations{EarlyAttach: true}), 0},
		{"no-keeping", "a connect is settled when it is offered, not when it is taken",
			named("connects", protocol.Mutations{NoKeeping: true}), 0},
		{"no-answer", "nobody answers for a port in transit",
			named("slow-transit", protocol.Mutations{NoAnswer: true}), 0},
		{"no-fence", "an older session of an endpoint goes on",
			named("half-open", protocol.Mutations{NoFence: true}), 0},
		{"no-silence", "nobody notices that a peer is gone without a word",
			named("restarts", protocol.Mutations{NoSilence: true}), 0},
		{"early-refusal", "rivals are refused before the client has kept what was accepted",
			named("restarts", protocol.Mutations{EarlyRefusal: true}), 180},
		{"no-again", "ATTACH is said once",
			named("lossy", protocol.Mutations{NoAgain: true}), 0},
		{"no-receipt", "what was acknowledged unheard is not said again",
			named("resume-moves", protocol.Mutations{NoReceipt: true}), 0},
		{"silent-gone", "silence proves that what is in messages is lost",
			named("circles-resume", protocol.Mutations{SilentGone: true}), 0},
		{"any-refusal", "a former owner of the peer may refuse a claim",
			named("thieves-resume", protocol.Mutations{AnyRefusal: true}), 3200},
		{"stale-attached", "what a client answers to one owner of the peer counts for the next one",
			named("resume-moves", protocol.Mutations{StaleAttached: true}), 350},
		{"no-heed", "an endpoint sends what was not granted, and takes it in",
			named("moves", protocol.Mutations{NoHeed: true}), 0},
		{"no-flow", "the limits do not travel with their port",
			named("moves", protocol.Mutations{NoFlow: true}), 0},
		{"no-blocked", "nobody asks whether what would let it go on was lost",
			named("lossy", protocol.Mutations{NoBlocked: true}), 0},
		{"no-parking", "the session is not told of ports in messages that may not be sent yet",
			named("moves", protocol.Mutations{NoParking: true}), 0},
	}
}

func named(name string, off protocol.Mutations) Config {
	c, ok := Find(name)
	if !ok {
		panic("sim: no configuration " + name)
	}
	c.Off = off
	return c
}
