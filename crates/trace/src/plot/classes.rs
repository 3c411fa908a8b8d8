//! How classes are called and coloured: a hue for each tier, a shade for each SLO class.

use drawing::{Anchor, Canvas, WIDTH, shortened};
use request::Tier;

use super::measure::ClassMeasured;
use super::panel::{CHARACTER, LEFT};

/// Shades of a hue.
const SHADES: usize = 3;

/// Height of a line of a legend.
const LINE: f64 = 18.0;

/// Characters of a name that a label has room for.
const NAME_MAX: usize = 24;

/// The tier as people call it.
pub(super) fn tier_name(tier: Tier) -> &'static str {
    match tier {
        Tier::Vip => "VIP",
        Tier::Premium => "Premium",
        Tier::Free => "Free",
    }
}

/// The whole name of a class.
pub(super) fn class_name(class: &ClassMeasured) -> String {
    format!("{} / {}", tier_name(class.tier), class.slo_name)
}

/// The name of a class, as long as there is room.
pub(super) fn class_label(class: &ClassMeasured) -> String {
    format!("{} / {}", tier_name(class.tier), shortened(&class.slo_name, NAME_MAX))
}

/// The style of an area of a class.
pub(super) fn fill_of(class: &ClassMeasured) -> String {
    format!("f{}{}", class.tier.number(), class.slo % SHADES)
}

/// The style of a line of a tier.
pub(super) fn line_of(tier: Option<Tier>) -> String {
    tier.map_or("whole".to_owned(), |tier| format!("l{}", tier.number()))
}

/// A legend of all classes, a tier a line at least. Gives the height it took.
pub(super) fn legend(canvas: &mut Canvas, classes: &[ClassMeasured], top: f64) -> f64 {
    let mut y = top;
    for tier in Tier::ALL {
        let mut of_tier = classes.iter().filter(|class| class.tier == tier).peekable();
        if of_tier.peek().is_none() {
            continue;
        }
        canvas.text("label strong", Anchor::Start, (LEFT, y + 10.0), tier_name(tier));
        let mut x = LEFT + 70.0;
        for class in of_tier {
            let name = shortened(&class.slo_name, NAME_MAX);
            let width = 34.0 + CHARACTER * name.chars().count() as f64;
            if x + width > WIDTH && x > LEFT + 70.0 {
                (x, y) = (LEFT + 70.0, y + LINE);
            }
            canvas.rect(&fill_of(class), (x, y), (12.0, 12.0));
            canvas.text("label", Anchor::Start, (x + 17.0, y + 10.0), &name);
            x += width;
        }
        y += LINE;
    }
    y - top
}
