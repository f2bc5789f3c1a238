package sim

import "github.com/entangle-go/entangle/protocol"

// A Script is what applications do in a small world.
type Script struct {
	Name    string
	About   string
	clients int
	dying   []int              // clients that may die, as the fault
	setup   [][2]int           // channels that there are before: from which client to which one
	off     protocol.Mutations // rules that are switched off
	threads [][]Action         // each in its order; any of them may be next
}

// post and the others make the actions of scripts.
func post(channel, side int, carried ...EndName) Action {
	return Action{Do: Post, End: EndName{channel, side}, Carried: carried}
}

func dispatch(channel, side int) Action { return Action{Do: Dispatch, End: EndName{channel, side}} }

func closing(channel, side int) Action { return Action{Do: Close, End: EndName{channel, side}} }

// Scripts are those that are explored. Channels have the numbers of their places in setup.
func Scripts() []Script {
	both := [][]Action{{post(2, 0), post(0, 0, EndName{2, 0})}, {post(1, 0, EndName{2, 1})}}
	return []Script{
		{Name: "S1", About: "one move, with messages in both directions", clients: 3, setup: [][2]int{{0, 1}, {0, 2}},
			threads: [][]Action{{post(1, 0), post(0, 0, EndName{1, 0})}, {post(1, 1)}}},
		{Name: "S2", About: "both ends move to others", clients: 4, setup: [][2]int{{0, 2}, {1, 3}, {0, 1}}, threads: both},
		{Name: "S3", About: "as S2, and one who sent an end dies", clients: 4, dying: []int{0, 1},
			setup: [][2]int{{0, 2}, {1, 3}, {0, 1}}, threads: both},
		{Name: "S4", About: "a port moves on to a third one while its peer posts", clients: 4,
			setup:   [][2]int{{0, 1}, {1, 3}, {0, 2}},
			threads: [][]Action{{post(0, 0, EndName{2, 0}), dispatch(0, 1), post(1, 0, EndName{2, 0})}, {post(2, 1)}}},
		{Name: "S5", About: "the end of a carrier moves, with what was posted to it", clients: 4,
			setup:   [][2]int{{0, 1}, {1, 2}, {0, 3}},
			threads: [][]Action{{post(0, 0, EndName{2, 0})}, {post(1, 0, EndName{0, 1})}, {post(2, 1)}}},
		{Name: "S6", About: "a move, while the peer posts and closes", clients: 3, setup: [][2]int{{0, 1}, {0, 2}},
			threads: [][]Action{{post(1, 0), post(0, 0, EndName{1, 0})}, {post(1, 1), closing(1, 1)}}},
		{Name: "S7", About: "the receiver closes the carrier", clients: 3, setup: [][2]int{{0, 1}, {0, 2}},
			threads: [][]Action{{post(0, 0, EndName{1, 0})}, {closing(0, 1)}, {post(1, 1)}}},
		{Name: "S8", About: "a move, and the sender or the receiver dies", clients: 3, dying: []int{0, 1}, setup: [][2]int{{0, 1}, {0, 2}},
			threads: [][]Action{{post(1, 0), post(0, 0, EndName{1, 0})}, {post(1, 1)}}},
		{Name: "S9", About: "a move, and nothing else", clients: 3, setup: [][2]int{{0, 1}, {0, 2}},
			threads: [][]Action{{post(0, 0, EndName{1, 0})}, {post(1, 1)}}},
		{Name: "S10", About: "a port moves there and back while its peer posts", clients: 3, setup: [][2]int{{0, 1}, {0, 2}},
			threads: [][]Action{{post(0, 0, EndName{1, 0}), dispatch(0, 1), post(0, 1, EndName{1, 0})}, {post(1, 1)}}},
		{Name: "S11", About: "carriers that cross: one end over a channel whose other end moves with the other end", clients: 3,
			setup:   [][2]int{{0, 1}, {1, 2}, {0, 1}},
			threads: [][]Action{{post(0, 0, EndName{2, 0})}, {post(1, 0, EndName{2, 1}, EndName{0, 1})}}},
	}
}
