//! How the program stops: what is under way is finished, what is idle is let go, nobody is cut off.

mod drain;
mod rolling;
mod succession;
