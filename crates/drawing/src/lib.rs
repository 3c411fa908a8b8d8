//! Charts as SVG and pages of HTML around them, written by hand.
//!
//! A page is one file that needs neither network nor script: it can be attached, printed, and read
//! without eyes, since each chart has a description and a table of figures can stand beside it. It
//! follows its reader's wish for light or dark. Equal drawings are equal bytes, so they can be
//! tested as text.
//!
//! What is drawn, and what it means, is for whoever draws; here are only places and elements.
//!
//! ```
//! use drawing::{Canvas, Chart, Frame, Outline, Page, Picture, Scale, ticks};
//!
//! let frame = Frame { left: 48.0, right: 300.0, top: 24.0, bottom: 120.0 };
//! let x = Scale::linear((0.0, 2.0), frame.x());
//! let y = Scale::log((1.0, 100.0), frame.y());
//! let mut canvas = Canvas::default();
//! frame.values(&mut canvas, &y, &[1.0, 10.0, 100.0]);
//! ticks(2.0, 2).into_iter().for_each(|tick| frame.x_tick(&mut canvas, x.at(tick), "s"));
//! let points = [(0.0, 2.0), (1.0, 30.0), (2.0, 8.0)].map(|(at, value)| (x.at(at), y.at(value)));
//! canvas.path("line c0", &Outline::through(points));
//!
//! let mut page = Page::new("Latency <p99>", "");
//! page.chart(2, &Chart {
//!     key: "p99".into(),
//!     title: "Latency over time".into(),
//!     description: "It rises to 30 ms after a second and falls again.".into(),
//!     caption: "Lower is better.".into(),
//!     pictures: vec![Picture::new((320.0, 150.0), canvas)],
//!     ..Chart::default()
//! });
//! let html = page.finish();
//! assert!(html.contains("<title>Latency &lt;p99&gt;</title>"));
//! assert!(html.contains("<path class=\"line c0\" d=\"M48 105.6L174"));
//! ```

mod axis;
mod canvas;
mod chart;
mod escape;
mod frame;
mod number;
mod page;
mod table;
mod time;

pub use axis::{Scale, decades, headroom, log_ticks, nice, power_of_ten, ticks, ticks_between};
pub use canvas::{Anchor, Canvas, Outline};
pub use chart::{Chart, Key, Picture};
pub use escape::{escaped, shortened};
pub use frame::{Frame, WIDTH};
pub use number::{number, optional, percent};
pub use page::{CHART_STYLE, Page};
pub use table::{Cell, Table};
pub use time::{TimeAxis, length, nice_length};
