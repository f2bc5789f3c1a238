package protocol

import "fmt"

var kindNames = map[Kind]string{
	Hello: "HELLO", Welcome: "WELCOME", Error: "ERROR", Data: "DATA", Ack: "ACK", Attach: "ATTACH", Attached: "ATTACHED",
	Refused: "REFUSED", Close: "CLOSE", Closed: "CLOSED", Gone: "GONE", Listen: "LISTEN", Unlisten: "UNLISTEN",
	Listening: "LISTENING", Connect: "CONNECT", Connection: "CONNECTION", Taken: "TAKEN", Settled: "SETTLED",
	Subscribe: "SUBSCRIBE", Unsubscribe: "UNSUBSCRIBE", Subscribed: "SUBSCRIBED", Broadcast: "BROADCAST",
	Ticket: "TICKET", Bye: "BYE", Ping: "PING", Pong: "PONG", Resume: "RESUME", Cap: "CAP",
	Dropped: "DROPPED", Blocked: "BLOCKED", Parked: "PARKED",
	Probe: "PROBE", Alive: "ALIVE", Takeover: "TAKEOVER", Offer: "OFFER", Declined: "DECLINED", Withdraw: "WITHDRAW",
	Matched: "MATCHED", Crowded: "CROWDED",
}

// String is the kind's name as docs/protocol.md has it.
func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return fmt.Sprintf("kind %#x", uint8(k))
}
