//! What an operator and a reader decide about the pages: the link to the support, the theme, search engines, the overlay.

mod choices;
mod overlay;
