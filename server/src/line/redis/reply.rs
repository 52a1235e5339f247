//! What a script answered, field by field. An answer of another shape is as good as none: [`Away`].

use lykta_wire::{ChatRef, Claim, Lane, LanguageTag, Languages, TicketName};
use redis::Value;
use tracing::error;

use crate::line::{Answer, Away};

fn strange() -> Away {
    error!("the store answered in a shape no script of this version has");
    Away
}

/// The fields of one list.
pub(super) struct Fields(std::vec::IntoIter<Value>);

impl Fields {
    pub(super) fn of(value: Value) -> Answer<Self> {
        match value {
            Value::Array(fields) => Ok(Self(fields.into_iter())),
            _ => Err(strange()),
        }
    }

    pub(super) fn value(&mut self) -> Answer<Value> {
        self.0.next().ok_or_else(strange)
    }

    pub(super) fn list(&mut self) -> Answer<Self> {
        Self::of(self.value()?)
    }

    /// Every remaining field, each a list that is read so.
    pub(super) fn each<T>(self, read: impl Fn(&mut Self) -> Answer<T>) -> Answer<Vec<T>> {
        self.0.map(|value| read(&mut Self::of(value)?)).collect()
    }

    /// Every remaining field, each a list.
    pub(super) fn lists(self) -> Answer<Vec<Self>> {
        self.0.map(Self::of).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    pub(super) fn text(&mut self) -> Answer<String> {
        String::from_utf8(self.bytes()?).map_err(|_| strange())
    }

    /// Every remaining field, each a text.
    pub(super) fn texts(mut self) -> Answer<Vec<String>> {
        let mut texts = Vec::new();
        while self.0.len() > 0 {
            texts.push(self.text()?);
        }
        Ok(texts)
    }

    pub(super) fn number<T: TryFrom<i64>>(&mut self) -> Answer<T> {
        number(self.value()?)
    }

    pub(super) fn bytes(&mut self) -> Answer<Vec<u8>> {
        match self.value()? {
            Value::BulkString(bytes) => Ok(bytes),
            _ => Err(strange()),
        }
    }

    pub(super) fn array<const N: usize>(&mut self) -> Answer<[u8; N]> {
        self.bytes()?.try_into().map_err(|_| strange())
    }

    pub(super) fn chat(&mut self) -> Answer<ChatRef> {
        Ok(ChatRef { ticket: TicketName(self.array()?), claim: Claim(self.number()?) })
    }

    pub(super) fn lane(&mut self) -> Answer<Lane> {
        Lane::from_byte(self.number()?).map_err(|_| strange())
    }

    pub(super) fn languages(&mut self) -> Answer<Languages> {
        let bytes = self.bytes()?;
        let text = str::from_utf8(&bytes).map_err(|_| strange())?;
        let tags: Result<Vec<_>, _> =
            text.split(',').filter(|tag| !tag.is_empty()).map(LanguageTag::new).collect();
        tags.and_then(Languages::new).map_err(|_| strange())
    }
}

pub(super) fn number<T: TryFrom<i64>>(value: Value) -> Answer<T> {
    match value {
        Value::Int(number) => number.try_into().map_err(|_| strange()),
        _ => Err(strange()),
    }
}

pub(super) fn numbers<T: TryFrom<i64>>(value: Value) -> Answer<Vec<T>> {
    Fields::of(value)?.0.map(number).collect()
}

pub(super) fn bytes(value: Value) -> Answer<Option<Vec<u8>>> {
    match value {
        Value::BulkString(bytes) => Ok(Some(bytes)),
        Value::Nil => Ok(None),
        _ => Err(strange()),
    }
}

/// How [`Fields::languages`] reads them.
pub(super) fn languages(languages: &Languages) -> String {
    languages.tags().iter().map(LanguageTag::as_str).collect::<Vec<_>>().join(",")
}
