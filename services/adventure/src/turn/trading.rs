//! Buying, selling, barter and repair. Coins come from the world and go back to it; nothing is worth more sold than bought.

use super::{Told, Turn, moving::capital};
use crate::player::Thing;
use crate::token::Token;
use crate::world::{Actor, Item, Trade};

impl Turn<'_> {
    fn trader(&self, name: &Token) -> Result<(Actor, Trade), String> {
        let actor = self.actor_here(name)?;
        let trade = actor.trade.clone().ok_or_else(|| format!("{} does not deal in anything.", actor.name))?;
        Ok((actor.clone(), trade))
    }

    /// What a trader asks for a new one.
    fn price(&self, trader: &Token, item: &Item) -> u64 {
        let full = u64::from(item.price);
        match &self.me().discount {
            Some((who, part)) if who == trader => (full * u64::from(100 - (*part).min(20))).div_ceil(100).max(1),
            _ => full,
        }
    }

    pub(super) fn quote(&mut self, offer: &Token, name: &Token) -> Told {
        let (actor, trade) = self.trader(name)?;
        let item = self.item(offer).ok_or_else(|| format!("{} has never heard of such a thing.", actor.name))?;
        let mut lines = Vec::new();
        if trade.sells.contains(offer) {
            lines.push(format!("{} asks {} coins for {}.", actor.name, self.price(name, item), item.name));
        }
        if let Some(thing) = self.me().thing(offer) {
            match worth(item, thing) {
                0 => lines.push(format!("Nobody would pay for {}.", item.name)),
                coins => lines.push(format!("{} would pay {coins} coins for yours.", actor.name)),
            }
            match mending(item, thing) {
                0 => {}
                coins if trade.repairs => lines.push(format!("Mending yours costs {coins} coins.")),
                _ => {}
            }
        }
        for barter in trade.barters.iter().filter(|barter| barter.item == *offer) {
            let gives = self.item(&barter.gives).map_or_else(|| barter.gives.spoken(), |item| item.name.clone());
            lines.push(format!("{} would trade it for {gives}.", actor.name));
        }
        if lines.is_empty() {
            return Err(format!("{} does not deal in that.", actor.name));
        }
        Ok(lines.join("\n"))
    }

    pub(super) fn buy(&mut self, offer: &Token, name: &Token) -> Told {
        let (actor, trade) = self.trader(name)?;
        let Some(item) = self.item(offer).filter(|_| trade.sells.contains(offer)).cloned() else {
            return Err(format!("{} has none for sale. On offer: {}.", actor.name, list(&trade.sells)));
        };
        if !self.has_room_for(offer) {
            return Err("You carry as much as you can.".to_owned());
        }
        let price = self.price(name, &item);
        if !self.me_mut().purse.spend(price) {
            return Err(format!("That is {price} coins, and you have {}.", self.me().purse.coins()));
        }
        self.me_mut().discount = self.me_mut().discount.take().filter(|(who, _)| who != name);
        self.present_with(offer);
        Ok(format!("You buy {} for {price} coins. {} left.", item.name, self.me().purse.coins()))
    }

    pub(super) fn sell(&mut self, kind: &Token, name: &Token) -> Told {
        let (actor, _) = self.trader(name)?;
        let item = self.loose(kind)?.clone();
        if item.price == 0 {
            return Err(format!("{} would not know what to do with {}.", actor.name, item.name));
        }
        let thing = self.me_mut().part_with(kind).ok_or("It is gone.")?;
        let coins = worth(&item, &thing);
        self.me_mut().purse.earn(coins);
        Ok(format!("{} gives you {coins} coins for {}. You have {}.", actor.name, item.name, self.me().purse.coins()))
    }

    pub(super) fn barter(&mut self, kind: &Token, name: &Token) -> Told {
        let (actor, trade) = self.trader(name)?;
        let item = self.loose(kind)?.name.clone();
        let Some(barter) = trade.barters.iter().find(|barter| barter.item == *kind) else {
            return Err(format!("{} does not barter for {item}.", actor.name));
        };
        self.me_mut().part_with(kind);
        self.present_with(&barter.gives);
        let gives = self.item(&barter.gives).map_or_else(|| barter.gives.spoken(), |item| item.name.clone());
        Ok(format!("You trade {item} for {gives}."))
    }

    pub(super) fn repair(&mut self, kind: &Token, name: &Token) -> Told {
        let (actor, trade) = self.trader(name)?;
        if !trade.repairs {
            return Err(format!("{} mends nothing but quarrels.", actor.name));
        }
        let carried = self.me().things.iter().filter(|thing| thing.kind == *kind).max_by_key(|thing| thing.worn);
        let thing = carried.cloned().ok_or_else(|| format!("You have no {}.", kind.spoken()))?;
        let item = self.item(kind).ok_or("It is nothing.")?.clone();
        let price = mending(&item, &thing);
        if price == 0 {
            return Err(format!("{} wants no mending.", capital(&item.name)));
        }
        if !self.me_mut().purse.spend(price) {
            return Err(format!("That is {price} coins, and you have {}.", self.me().purse.coins()));
        }
        if let Some(thing) = self.me_mut().things.iter_mut().find(|held| held.serial == thing.serial) {
            thing.worn = 0;
        }
        Ok(format!("{} mends {} for {price} coins.", actor.name, item.name))
    }
}

pub(super) fn list(names: &[Token]) -> String {
    names.iter().map(Token::as_str).collect::<Vec<_>>().join(", ")
}

/// How worn a thing is, in thousandths; 0 for what does not wear.
fn worn(item: &Item, thing: &Thing) -> u64 {
    let stands = item.weapon.map_or(0, |weapon| u64::from(weapon.wear));
    (u64::from(thing.worn).min(stands) * 1_000).checked_div(stands).unwrap_or(0)
}

/// What a trader gives: half of what it costs new, and half of that again when it is worn through.
fn worth(item: &Item, thing: &Thing) -> u64 {
    let half = u64::from(item.price) / 2;
    half - half * worn(item, thing) / 2_000
}

/// What mending costs: a third of the price for all of it, which is more than it adds to what a trader gives.
fn mending(item: &Item, thing: &Thing) -> u64 {
    if thing.worn == 0 || item.weapon.is_none() {
        return 0;
    }
    1 + (u64::from(item.price) * worn(item, thing)).div_ceil(3_000)
}
