# What is sent: mail and SMS.

mail-subject = Connexion à { $company }
mail-header = Continuez votre connexion
mail-body = Vous, ou quelqu’un qui a saisi votre adresse, avez demandé à { $company } un lien de connexion. Il est valable { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes
  } et une seule fois.
    .without-links = Vous, ou quelqu’un qui a saisi votre adresse, avez demandé à { $company } un code de connexion. Saisissez-le sur la page où vous l’avez demandé. Il est valable { $minutes ->
        [one] une minute
       *[other] { $minutes } minutes
      } et une seule fois.
mail-link = Continuer
mail-info-code = Ou saisissez ce code sur la page où vous avez demandé cet e-mail : { $code }. Ne le donnez à personne. Quiconque vous le demande au téléphone ou par message est un escroc.
mail-info = Ne transférez pas ce lien. Quiconque vous le demande est un escroc.
    .without-links = Ne le donnez à personne. Quiconque vous le demande au téléphone ou par message est un escroc. Nous n’envoyons jamais de lien.
mail-footer = Vous n’avez rien demandé ? Alors ne faites rien : sans cet e-mail, personne n’entre.

passkey-mail-subject = Une clé d’accès a été ajoutée à votre compte { $company }
passkey-mail-header = Une clé d’accès a été ajoutée
passkey-mail-body = Le { $time }, une clé d’accès a été ajoutée à votre compte { $company }. Toute personne qui peut déverrouiller l’appareil sur lequel elle a été créée, ou un autre appareil avec le même gestionnaire de mots de passe, peut se connecter avec cette clé.
passkey-mail-yours = C’était vous ? Alors vous n’avez rien à faire.
passkey-mail-not-yours = Ce n’était pas vous ? Si quelqu’un est au téléphone, raccrochez. Puis appelez tout de suite : { $number }. Demandez la suppression de la clé d’accès.
passkey-mail-footer = Cet e-mail ne contient volontairement aucun lien. Ne vous connectez pas par un lien dans un e-mail qui dit la même chose.

social-mail-subject = La connexion avec { $provider } a été associée à votre compte
social-mail-header = Une connexion a été associée
social-mail-body = Le { $time }, un compte { $provider } a été associé à votre compte { $company }, car les deux ont cette adresse e-mail. Toute personne qui se connecte là-bas peut se connecter ici.
social-mail-not-yours = Ce n’était pas vous ? Alors appelez tout de suite et demandez la suppression de cette association : { $number }.

provider-moment-title = Un instant
provider-moment-body = Votre connexion est en cours. Si rien ne se passe, appuyez sur le bouton.
provider-moment-button = Continuer
provider-failed-title = Vous n’êtes pas connecté
provider-failed-request = La page qui vous a envoyé ici a fait une erreur : vous ne pouvez pas vous connecter de cette manière.
provider-failed-over = Cette connexion est terminée, ou elle n’a pas commencé dans ce navigateur. Personne n’a été connecté.
provider-failed-ours = Une erreur s’est produite de notre côté. Personne n’a été connecté.
provider-failed-next = Revenez à la page d’où vous venez et réessayez, ou choisissez-y une autre manière.

sms-request = { $company }: à n'ouvrir que pendant notre échange:
sms-request-code = { $company } : votre code est { $code }. Saisissez ce code sur notre page seulement, pendant que vous nous parlez. Nous ne vous envoyons jamais de lien.
mail-request-subject = { $company } : votre réponse est attendue
