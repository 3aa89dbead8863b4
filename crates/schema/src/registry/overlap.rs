//! Whether the members of a struct have their places to themselves.
//!
//! Members of one union share; nothing else does. Where two members alias each other, what is written by one name is
//! read by another, and no value comes back as it was.

use std::ops::Range;

use super::Registry;
use crate::error::{Error, Result};
use crate::model::{Field, Place, Struct};
use crate::scalar::Width;

/// How deep groups may lie in groups.
const MAX_DEPTH: usize = 16;
/// How many members one struct may have, those of its groups included.
const MAX_MEMBERS: usize = 8 * 1024;

/// Bits of a struct, its pointers counted behind its data as 64 bits each.
type Bits = Range<u64>;

impl Registry {
    pub(super) fn check_overlap(&self, structure: &Struct) -> Result<()> {
        let mut fixed: Vec<Bits> = structure.discriminant.map(|offset| bits(offset.into(), 16)).into_iter().collect();
        let mut members = Vec::new();
        let mut left = MAX_MEMBERS;
        for field in &structure.fields {
            let mut taken = Vec::new();
            self.places(structure, field, MAX_DEPTH, &mut left, &mut taken).map_err(|e| e.within(&field.name))?;
            match field.member {
                None => fixed.extend(merged(taken)),
                Some(_) => members.extend(taken),
            }
        }
        // The members of the union may overlap each other, and so count as one.
        fixed.extend(merged(members));
        fixed.sort_unstable_by_key(|bits| bits.start);
        match fixed.windows(2).any(|pair| matches!(pair, [left, right] if left.end > right.start)) {
            true => Err(Error::schema("two members lie in the same place")),
            false => Ok(()),
        }
    }

    fn places(
        &self,
        structure: &Struct,
        field: &Field,
        depth: usize,
        left: &mut usize,
        taken: &mut Vec<Bits>,
    ) -> Result<()> {
        *left = left.checked_sub(1).ok_or_else(|| Error::limit("the struct has too many members"))?;
        match &field.place {
            Place::Slot { offset, ty, .. } => {
                let offset = u64::from(*offset);
                taken.extend(match Width::of(ty) {
                    Some(Width::None) => None,
                    Some(width) => Some(bits(offset, width.bits().into())),
                    None => Some(bits(u64::from(structure.data_words) + offset, 64)),
                });
            }
            Place::Group(id) => {
                let deeper = depth.checked_sub(1).ok_or_else(|| Error::limit("groups lie too deep in groups"))?;
                let group = self.structure(*id)?;
                taken.extend(group.discriminant.map(|offset| bits(offset.into(), 16)));
                for field in &group.fields {
                    self.places(group, field, deeper, left, taken)?;
                }
            }
        }
        Ok(())
    }
}

fn bits(position: u64, width: u64) -> Bits {
    position * width..(position + 1) * width
}

/// The same bits, without overlaps.
fn merged(mut places: Vec<Bits>) -> Vec<Bits> {
    places.sort_unstable_by_key(|bits| bits.start);
    let mut merged: Vec<Bits> = Vec::new();
    for place in places {
        match merged.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => merged.push(place),
        }
    }
    merged
}
